// bench/handoff: extract and brief of a transcript, and what ten generations of a growing one add
// to a repository.
//
//   masc_bench_handoff MASC      makes its transcripts itself, in a temporary folder
//
// The transcripts are made of pseudo-random sessions (fixed seed): prose, commands with outputs,
// edits of code.
#include <fmt/core.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "base/json.h"
#include "measure.h"

namespace {

using namespace masc::bench;

// Whether a session comes back to files that it has seen, three times of four.
enum class Files { kAlwaysNew, kSeenAgain };

class Writer {
 public:
  explicit Writer(Files files) : files_known_(files) {}

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

  struct File {
    std::string path;
    std::vector<std::string> lines;

    std::string text() const {
      std::string all;
      for (const std::string& line : lines) all += line;
      return all;
    }
  };
  std::vector<std::string> code_lines(std::size_t count) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < count; ++i) lines.push_back(code(1));
    return lines;
  }
  File& some_file() {
    if (files_known_ == Files::kSeenAgain && !files_.empty() && pick(4) != 0) {
      return files_[pick(files_.size())];
    }
    if (files_known_ == Files::kAlwaysNew) files_.clear();
    return files_.emplace_back(File{path(), code_lines(60)});
  }
  // Three lines of a file become four others.
  std::string edit() {
    File& file = some_file();
    const std::size_t at = pick(file.lines.size() - 3);
    const auto begin = file.lines.begin() + static_cast<std::ptrdiff_t>(at);
    const std::string before = begin[0] + begin[1] + begin[2];
    const std::vector<std::string> lines = code_lines(4);
    file.lines.insert(file.lines.erase(begin, begin + 3), lines.begin(), lines.end());
    const std::string after = lines[0] + lines[1] + lines[2] + lines[3];
    return call("Edit",
                fmt::format("{{\"file_path\":\"/r/{}\",\"old_string\":{},\"new_string\":{}}}",
                            file.path, masc::json_string(before), masc::json_string(after)),
                "ok", false);
  }
  std::string read() {
    const File& file = some_file();
    return call("Read", "{\"file_path\":\"/r/" + file.path + "\"}", file.text(), false);
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
      case 2: return read();
      case 3: return edit();
      default:
        return fmt::format(
            "{{\"type\":\"assistant\",\"uuid\":\"c\",\"message\":{{\"content\":[{{\"type\":"
            "\"text\","
            "\"text\":{}}}]}}}}\n",
            masc::json_string("I use " + name() + " instead of " + name() + ", because " + word() +
                              " must not wait for " + word() + "."));
    }
  }

  Files files_known_;
  std::vector<File> files_;
  std::mt19937 random_{20260101};
  std::size_t calls_ = 0;
};

void must(const masc::Result<void>& result) {
  if (!result) std::abort();
}

void extract_and_brief(const std::string& masc, const std::string& root) {
  const std::string transcript = root + "/t.jsonl", dna = root + "/t.dna";
  must(masc::write_file(transcript, Writer(Files::kAlwaysNew).more(2000000)));
  std::vector<double> extract, brief;
  for (int i = 0; i < 21; ++i) {
    extract.push_back(run(root, {masc, "dna", "extract", "--transcript", transcript, "-o", dna}));
    brief.push_back(run(root, {masc, "dna", "brief", dna}));
  }
  const double one = median(extract) / 1000, two = median(brief) / 1000;
  fmt::print("2 MB: extract {:.1f} ms + brief {:.1f} ms = {:.1f} ms (must be <= 50 ms) {}\n", one,
             two, one + two, one + two <= 50 ? "" : "NOT REACHED");
}

std::uintmax_t bytes_below(const std::string& folder) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

// What `dna save` adds to masc's own repository, to the last byte: nothing is packed in between.
void ten_generations(const std::string& masc, const std::string& root, Files files,
                     const std::string& name, double least) {
  const std::string repo = root + "/" + name, transcript = root + "/" + name + ".jsonl";
  must(masc::make_directories(repo));
  run(repo, {"git", "init", "-q", "-b", "main"});
  run(repo, {"git", "-c", "user.name=a", "-c", "user.email=a@a.example", "commit", "-q",
             "--allow-empty", "-m", "start"});
  run(repo, {masc, "init"});
  const std::string id = capture(repo, {masc, "add", "Work", "-q", "--claim"});
  const std::string state = repo + "/.git/masc/state.git";
  const std::uintmax_t before = bytes_below(state);
  Writer writer(files);
  std::string text;
  double longest = 0;
  for (int generation = 1; generation <= 10; ++generation) {
    text += writer.more(2000000);
    must(masc::write_file(transcript, text));
    longest = std::max(longest, run(repo, {masc, "dna", "save", id, "--transcript", transcript}));
  }
  const auto added = static_cast<double>(bytes_below(state) - before);
  const double part = static_cast<double>(text.size()) / added;
  fmt::print("10 generations to {} MB, {}: {:.0f} bytes, 1/{:.2f}", text.size() / 1000000, name,
             added, part);
  if (least > 0) fmt::print(" (must be <= 1/{:.0f}){}", least, part >= least ? "" : " NOT REACHED");
  fmt::print(", a save at most {:.0f} ms\n", longest / 1000);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: masc_bench_handoff MASC\n");
    return 2;
  }
  const std::string masc = masc::real_path(argv[1]).value();
  const std::string root = make_root();
  setenv("HOME", root.c_str(), 1);
  setenv("MASC_AGENT", "al", 1);
  extract_and_brief(masc, root);
  ten_generations(masc, root, Files::kSeenAgain, "files seen again", 6);
  ten_generations(masc, root, Files::kAlwaysNew, "every file a new one", 0);
  must(masc::remove_tree(root));
  return 0;
}
