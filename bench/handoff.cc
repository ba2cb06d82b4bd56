// bench/handoff: extract and brief of a transcript, and what ten generations of a growing one add.
//
//   masc_bench_handoff MASC      makes its transcripts itself, in a temporary folder
//
// The transcripts are made of pseudo-random sessions (fixed seed): prose, commands with outputs,
// edits of code.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "git/process.h"
#include "handoff/dna.h"

namespace {

using Seconds = std::chrono::duration<double>;

class Writer {
 public:
  // About `bytes` more of a session in Claude Code's form.
  std::string more(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += turn();
    return text;
  }

 private:
  std::size_t pick(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }

  std::string word() {
    static const std::vector<std::string> kStems = {
        "load",   "store",  "parse",  "widget", "queue",  "render", "token",
        "frame",  "index",  "buffer", "layout", "socket", "branch", "cursor",
        "filter", "signal", "record", "bundle", "sketch"};
    return kStems[pick(kStems.size())];
  }
  std::string name() {
    std::string second = word();
    second[0] = static_cast<char>(second[0] - 'a' + 'A');
    return word() + second + (pick(4) == 0 ? std::to_string(pick(90)) : "");
  }
  std::string path() { return "src/" + word() + "/" + word() + "_" + word() + ".cc"; }
  std::string code(std::size_t lines) {
    std::string text;
    for (std::size_t i = 0; i < lines; ++i) {
      text += fmt::format("  const auto {} = {}({}, {});\n", name(), name(), name(), pick(1000));
    }
    return text;
  }

  std::string call(const std::string& tool, const std::string& input, const std::string& output,
                   bool failed) {
    const std::string id = fmt::format("t{}", ++calls_);
    return fmt::format(
        "{{\"type\":\"assistant\",\"uuid\":\"a{0}\",\"message\":{{\"content\":[{{\"type\":\"tool_"
        "use\","
        "\"id\":\"{0}\",\"name\":\"{1}\",\"input\":{2}}}]}}}}\n"
        "{{\"type\":\"user\",\"uuid\":\"b{0}\",\"message\":{{\"content\":[{{\"type\":\"tool_"
        "result\","
        "\"tool_use_id\":\"{0}\",\"is_error\":{3},\"content\":{4}}}]}}}}\n",
        id, tool, input, failed ? "true" : "false", masc::json_string(output));
  }

  std::string turn() {
    const std::string file = path();
    switch (pick(5)) {
      case 0:
        return fmt::format("{{\"type\":\"user\",\"uuid\":\"u\",\"message\":{{\"content\":{}}}}}\n",
                           masc::json_string("Please look at " + name() + " in " + file + "."));
      case 1: {
        const bool failed = pick(3) == 0;
        return call("Bash", "{\"command\":\"make test\"}",
                    failed ? "Exit code 2\n" + file + ":3: error: " + name() + "\n" + code(20)
                           : code(30) + "all passed\n",
                    failed);
      }
      case 2: return call("Read", "{\"file_path\":\"/r/" + file + "\"}", code(60), false);
      case 3:
        return call("Edit",
                    fmt::format("{{\"file_path\":\"/r/{}\",\"old_string\":{},\"new_string\":{}}}",
                                file, masc::json_string(code(3)), masc::json_string(code(4))),
                    "ok", false);
      default:
        return fmt::format(
            "{{\"type\":\"assistant\",\"uuid\":\"c\",\"message\":{{\"content\":[{{\"type\":"
            "\"text\","
            "\"text\":{}}}]}}}}\n",
            masc::json_string("I use " + name() + " instead of " + name() + ", because " + word() +
                              " must not wait for " + word() + "."));
    }
  }

  std::mt19937 random_{20260101};
  std::size_t calls_ = 0;
};

struct Run {
  double seconds = 0;
  bool ok = false;
};

Run timed(const std::vector<std::string>& argv) {
  masc::git::Command command;
  command.argv = argv;
  command.directory = "/";
  const auto began = std::chrono::steady_clock::now();
  const auto done = masc::git::run(command);
  return {Seconds(std::chrono::steady_clock::now() - began).count(), done && done->status == 0};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int measure(const std::string& masc, const std::string& folder) {
  const std::string transcript = folder + "/t.jsonl", dna = folder + "/t.dna";
  Writer writer;
  std::string text = writer.more(2000000);
  if (!masc::write_file(transcript, text)) return 1;
  std::vector<double> extract, brief;
  for (int i = 0; i < 21; ++i) {
    const Run one = timed({masc, "dna", "extract", "--transcript", transcript, "-o", dna});
    const Run two = timed({masc, "dna", "brief", dna});
    if (!one.ok || !two.ok) return 1;
    extract.push_back(one.seconds * 1000);
    brief.push_back(two.seconds * 1000);
  }
  fmt::print("2 MB: extract {:.1f} ms + brief {:.1f} ms = {:.1f} ms (at most 50)\n",
             median(extract), median(brief), median(extract) + median(brief));
  // Ten generations of a transcript that grows to 20 MB.
  std::uint64_t added = 0;
  text.clear();
  std::remove(dna.c_str());
  for (int generation = 1; generation <= 10; ++generation) {
    text += writer.more(2000000);
    if (!masc::write_file(transcript, text)) return 1;
    std::vector<std::string> argv = {masc, "dna", "extract", "--transcript", transcript, "-o", dna};
    if (generation > 1) argv.insert(argv.end(), {"--previous", dna});
    if (!timed(argv).ok) return 1;
  }
  const auto packed = masc::read_file(dna);
  if (!packed) return 1;
  const auto read = masc::handoff::unpack_dna(*packed);
  if (!read) return 1;
  for (const auto& segment : read->segments) added += segment.data.size();
  fmt::print(
      "10 generations to {} MB: {} segments, {} bytes, 1/{:.1f} of the transcript (at most 1/6)\n",
      text.size() / 1000000, read->segments.size(), added,
      static_cast<double>(text.size()) / static_cast<double>(added));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: masc_bench_handoff MASC\n");
    return 2;
  }
  std::string folder = "/tmp/masc-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  const int status = measure(argv[1], folder);
  static_cast<void>(masc::remove_tree(folder));
  return status;
}
