#include "wire/event.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/text.h"
#include "wire/record.h"

namespace masc::wire {
namespace {

class Params {
 public:
  Params& text(std::string_view key, std::string_view value) {
    name(key);
    out_ += '"';
    put_json_text(out_, value);
    out_ += '"';
    return *this;
  }
  Params& text_or_null(std::string_view key, std::string_view value) {
    if (!value.empty()) return text(key, value);
    name(key);
    out_ += "null";
    return *this;
  }
  Params& number(std::string_view key, std::int64_t value) {
    name(key);
    out_ += std::to_string(value);
    return *this;
  }
  Params& body(std::string_view value) {
    return is_utf8(value) ? text("body", value) : text("body_base64", base64(value));
  }
  std::string take() { return std::move(out_) + "}}"; }
  explicit Params(std::string_view event)
      : out_(fmt::format(R"({{"jsonrpc":"2.0","method":"notifications/masc/{}","params":{{)",
                         event)) {}

 private:
  void name(std::string_view key) {
    if (out_.back() != '{') out_ += ',';
    out_ += fmt::format("\"{}\":", key);
  }
  std::string out_;
};

}  // namespace

std::string event_text(const Event& event) {
  Params params(event.name);
  params.text("at", format_time(event.at));
  if (event.name == "portal") {
    params.text("id", event.id)
        .text("from", event.agent)
        .text("to", event.to)
        .text("state", event.state);
    return params.body(event.text).text_or_null("task", event.task).take();
  }
  if (event.name == "message" || event.name == "broadcast") {
    params.text("id", event.id).text("from", event.agent).text("to", event.to).body(event.text);
    return params.text_or_null("task", event.task).text_or_null("portal", event.portal).take();
  }
  params.text("agent", event.agent)
      .text_or_null("task", event.task)
      .number("generation", event.generation);
  return params.text("text", event.text).take();
}

}  // namespace masc::wire
