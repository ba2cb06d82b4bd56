#include "cmd/output.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

namespace masc::cmd {
namespace {

std::string cut(const Rendered& reply, std::string_view verb) {
  if (reply.whole) return reply.text;
  const auto lines = split_lines(reply.text);
  if (reply.text.empty() || lines.size() <= kMostLines) return reply.text;
  std::string out;
  for (std::size_t i = 0; i < kMostLines - 1; ++i) out.append(lines[i]) += '\n';
  const std::string more = reply.more.empty() ? fmt::format("masc {} --json", verb) : reply.more;
  return out + fmt::format("… {} more lines: {}\n", lines.size() - (kMostLines - 1), more);
}

// The next step where whoever failed knows of none that is nearer.
std::string usual_hint(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnwritable:
      return "masc needs to write there: see its owner and rights, or leave the sandbox";
    case ErrorCode::kIo: return "see what is in the way there, then repeat the command";
    case ErrorCode::kNotFound: return "see how it is spelled, and that it is there";
    case ErrorCode::kGit: return "masc doctor   (says what does not fit)";
    default: return "";
  }
}

void put_warnings(JsonWriter& json, const std::vector<std::string>& warnings) {
  json.key("warnings").strings(warnings);
}

}  // namespace

Printed print_reply(const Rendered& reply, bool json, bool quiet, std::string_view verb,
                    const std::vector<std::string>& warnings) {
  Printed printed;
  printed.status = reply.status;
  if (json && !reply.streamed) {
    JsonWriter writer;
    writer.begin_object().field("schema", 1);
    if (!reply.json.empty()) writer.raw(reply.json);
    put_warnings(writer, warnings);
    writer.end_object();
    printed.out = writer.take() + "\n";
    return printed;
  }
  printed.out = quiet ? reply.quiet : cut(reply, verb);
  for (const std::string& warning : warnings)
    printed.err += "masc: warning: " + printable(warning) + "\n";
  return printed;
}

Printed print_error(const Error& plain, bool json, const std::vector<std::string>& warnings) {
  Error error = plain;
  const std::string usual = usual_hint(error.code);
  if (error.hints.empty() && !usual.empty()) error.hints.push_back(usual);
  Printed printed;
  printed.status = exit_status(error.code);
  if (!json) {
    for (const std::string& warning : warnings) {
      printed.err += "masc: warning: " + printable(warning) + "\n";
    }
    std::string message = error.message;
    std::replace(message.begin(), message.end(), '\n', ' ');
    printed.err += "masc: " + printable(message) + "\n";
    for (const std::string& hint : error.hints) printed.err += "hint: " + printable(hint) + "\n";
    return printed;
  }
  std::string hints;
  for (const std::string& hint : error.hints) hints += (hints.empty() ? "" : "\n") + hint;
  JsonWriter writer;
  writer.begin_object().field("schema", 1).key("error").begin_object();
  writer.field("code", code_name(error.code)).field("message", error.message).field("hint", hints);
  writer.field("retryable", retryable(error.code));
  for (const Fact& fact : error.facts) writer.key(fact.name).raw(fact.json);
  writer.end_object();
  put_warnings(writer, warnings);
  writer.end_object();
  printed.out = writer.take() + "\n";
  return printed;
}

void add_unread(std::string& text, std::size_t unread) {
  const std::size_t end = text.find('\n');
  if (unread == 0 || end == std::string::npos) return;
  text.insert(end, fmt::format(" [{} unread: masc inbox]", unread));
}

Result<bool> print_line(int output, std::string_view line,
                        std::optional<std::chrono::steady_clock::time_point> deadline) {
  const std::string text = std::string(line) + "\n";
  std::string_view rest = text;
  while (!rest.empty()) {
    // So much is taken at once by a pipe that takes anything.
    const std::string_view some = deadline ? rest.substr(0, PIPE_BUF) : rest;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          *deadline - std::chrono::steady_clock::now());
      pollfd ready{output, POLLOUT, 0};
      if (poll(&ready, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX))) ==
          0)
        return false;
    }
    auto written = write_all(output, some, "standard output");
    if (!written) return fail(std::move(written).error());
    rest.remove_prefix(some.size());
  }
  return true;
}

int emit(const Printed& printed) {
  auto done = write_all(STDOUT_FILENO, printed.out, "standard output");
  if (!done && errno == EPIPE) return printed.status;
  if (done && printed.afterwards) done = printed.afterwards();
  static_cast<void>(write_all(STDERR_FILENO, printed.err, "standard error"));
  if (done || printed.status != 0) return printed.status;
  Error why = std::move(done).error();
  if (why.hints.empty())
    why = std::move(why).hint("what the command does is done; only its reply is lost");
  const Printed failed = print_error(why, false, {});
  static_cast<void>(write_all(STDERR_FILENO, failed.err, "standard error"));
  return failed.status;
}

}  // namespace masc::cmd
