#include "handoff/shell.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace masc::handoff {
namespace {

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t i = 0;
  while (i < text.size()) {
    while (i < text.size() && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n')) ++i;
    const std::size_t start = i;
    char quote = 0;
    for (; i < text.size(); ++i) {
      if (quote != 0) {
        if (text[i] == quote) quote = 0;
      } else if (text[i] == '"' || text[i] == '\'') {
        quote = text[i];
      } else if (text[i] == ' ' || text[i] == '\t' || text[i] == '\n') {
        break;
      }
    }
    if (i > start) words.push_back(text.substr(start, i - start));
  }
  return words;
}

bool is_assignment(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == word.npos || equals == 0) return false;
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals), [](char c) {
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
  });
}

bool is_redirection(std::string_view word) {
  const std::size_t i = word.find_first_not_of("0123456789&");
  return i != word.npos && (word[i] == '>' || word[i] == '<');
}

// Without what says nothing about what is run.
std::string bare(std::string_view text) {
  std::string out;
  const auto words = words_of(text);
  bool front = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (front &&
        (is_assignment(words[i]) || one_of(words[i], {"sudo", "time", "env", "command", "exec",
                                                      "nohup", "then", "do", "else", "{", "("}))) {
      continue;
    }
    if (front && words[i] == "timeout") {
      ++i;
      continue;
    }
    if (is_redirection(words[i])) {
      if (words[i].back() == '>' || words[i].back() == '<') ++i;  // its file
      continue;
    }
    front = false;
    if (!out.empty()) out += ' ';
    out += words[i];
  }
  return out;
}

// Where a here-document's name stands behind "<<", or nothing.
std::string_view heredoc_word(std::string_view rest) {
  if (!rest.starts_with("<<") || rest.starts_with("<<<")) return {};
  rest.remove_prefix(2);
  if (rest.starts_with('-')) rest.remove_prefix(1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  const char quote = rest.empty() ? ' ' : rest[0];
  if (quote == '\'' || quote == '"') {
    rest.remove_prefix(1);
    return rest.substr(0, rest.find(quote));
  }
  return rest.substr(0, rest.find_first_of(" \t\n;|&)"));
}

class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  std::vector<SimpleCommand> run() {
    for (; at_ < line_.size(); ++at_) step(line_[at_]);
    flush(Join::kThen);
    return std::move(commands_);
  }

 private:
  void step(char c) {
    if (quote_ != 0) {
      if (c == '\\' && quote_ == '"') ++at_;
      if (c == quote_) quote_ = 0;
    } else if (c == '\\') {
      ++at_;
    } else if (c == '\'' || c == '"' || c == '`') {
      quote_ = c;
    } else if (c == '(') {
      ++depth_;
    } else if (c == ')') {
      if (depth_ > 0) --depth_;
    } else if (c == '#' && (at_ == start_ || line_[at_ - 1] == ' ' || line_[at_ - 1] == '\n')) {
      comment();
    } else if (c == '<') {
      heredoc();
    } else if (depth_ == 0) {
      connector(c);
    }
  }

  void connector(char c) {
    const char next = at_ + 1 < line_.size() ? line_[at_ + 1] : '\0';
    if (c == '&' && next == '&') {
      flush(Join::kAnd, 2);
    } else if (c == '|' && next == '|') {
      flush(Join::kOr, 2);
    } else if (c == '|') {
      flush(Join::kPipe, 1);
    } else if (c == ';' || c == '\n') {
      flush(Join::kThen, 1);
    }
  }

  void comment() {
    const std::size_t end = line_.find('\n', at_);
    const std::size_t stop = end == line_.npos ? line_.size() : end;
    if (at_ == start_) {
      start_ = stop;
    } else {
      pending_ = std::string(line_.substr(start_, at_ - start_));
      start_ = stop;
    }
    at_ = stop - 1;
  }

  void heredoc() {
    const std::string_view word = heredoc_word(line_.substr(at_));
    if (word.empty()) return;
    std::size_t end = line_.find("\n" + std::string(word), at_);
    const std::size_t body = line_.find('\n', at_);
    if (body == line_.npos) return;
    if (end == line_.npos) end = line_.size();
    const std::size_t after = std::min(line_.size(), end + 1 + word.size());
    // The rest of the line with "<<" still belongs to the command.
    pending_ += std::string(line_.substr(start_, at_ - start_));
    start_ = after;
    at_ = after - 1;
  }

  void flush(Join next, std::size_t skip = 0) {
    const std::size_t end = std::min(at_, line_.size());
    std::string text = pending_;
    if (end > start_) text += line_.substr(start_, end - start_);
    pending_.clear();
    std::string simple = bare(text);
    if (!simple.empty()) {
      commands_.push_back({commands_.empty() ? Join::kFirst : join_, std::move(simple)});
    }
    join_ = next;
    start_ = end + skip;
    if (skip > 1) at_ += skip - 1;
  }

  std::string_view line_;
  std::size_t at_ = 0, start_ = 0;
  char quote_ = 0;
  int depth_ = 0;
  Join join_ = Join::kFirst;
  std::string pending_;
  std::vector<SimpleCommand> commands_;
};

std::string_view base_of(std::string_view program) {
  const std::size_t slash = program.rfind('/');
  return slash == program.npos ? program : program.substr(slash + 1);
}

bool is_trivial(std::string_view command) {
  const std::string_view word = command.substr(0, command.find(' '));
  return one_of(word, {"cd", "export", "echo", "printf", "set", "source", ".", "true", "sleep",
                       "pwd", "mkdir", "unset", "fi", "done", "esac", "for", "if", "while"});
}

bool has_word(std::string_view command, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words_of(command)) {
    std::string_view rest = base_of(word);
    while (true) {
      const std::size_t cut = rest.find_first_of(":-_");
      if (one_of(rest.substr(0, cut), words)) return true;
      if (cut == rest.npos) break;
      rest = rest.substr(cut + 1);
    }
  }
  return false;
}

}  // namespace

std::vector<SimpleCommand> split_commands(std::string_view line) {
  // Longer ones are scripts; their beginning tells what they are.
  return Splitter(line.substr(0, 16384)).run();
}

std::string joined_commands(const std::vector<SimpleCommand>& commands) {
  std::string line;
  for (const SimpleCommand& command : commands) {
    switch (command.join) {
      case Join::kFirst: break;
      case Join::kAnd: line += " && "; break;
      case Join::kOr: line += " || "; break;
      case Join::kPipe: line += " | "; break;
      case Join::kThen: line += "; "; break;
    }
    line += command.text;
  }
  return line;
}

std::string tool_of(std::string_view command) {
  const auto words = words_of(command);
  if (words.empty()) return {};
  std::string tool(base_of(words[0]));
  if (one_of(tool, {"npx", "bunx", "uvx", "pnpx"})) {
    std::size_t at = 1;
    while (at < words.size() && words[at].starts_with('-')) ++at;
    if (at < words.size()) return std::string(words[at].substr(0, words[at].find('@', 1)));
  }
  std::size_t next = 1;
  if (tool == "git" || tool == "make") {
    while (next + 1 < words.size() && (words[next] == "-C" || words[next] == "-c")) next += 2;
  }
  while (next < words.size() && words[next].starts_with('-') && words[next] != "-m") ++next;
  if (next < words.size() &&
      one_of(tool, {"git",     "go",   "cargo",  "npm",  "pnpm",   "yarn",    "bun",
                    "deno",    "make", "mise",   "just", "uv",     "poetry",  "docker",
                    "kubectl", "gh",   "dotnet", "mvn",  "gradle", "gradlew", "python",
                    "python3", "node", "bash",   "sh",   "cmake",  "rake",    "task"})) {
    tool += " " + std::string(words[next]);
    std::size_t what = next + 1;
    while (what < words.size() && words[what].starts_with('-')) ++what;
    if (one_of(words[next], {"run", "-m", "exec", "x"}) && what < words.size()) {
      tool += " " + std::string(words[what]);
    }
  }
  return tool;
}

CommandKind kind_of(std::string_view command) {
  const std::string_view program = base_of(command.substr(0, command.find(' ')));
  if (program == "git") return CommandKind::kGit;
  if (one_of(program,
             {"ls",   "cat",   "head", "tail", "grep", "rg",  "find",    "sed",   "awk",  "wc",
              "sort", "which", "jq",   "less", "tree", "cut", "tr",      "uniq",  "diff", "file",
              "stat", "xxd",   "du",   "df",   "ps",   "nl",  "command", "xargs", "tee"})) {
    return CommandKind::kLook;
  }
  if (is_trivial(command)) {
    return program == "mkdir" || program == "source" ? CommandKind::kOther : CommandKind::kLook;
  }
  const std::string tool = tool_of(command);
  if (has_word(tool, {"test", "tests", "pytest", "jest", "vitest", "ctest", "rspec", "phpunit",
                      "tox", "unittest", "mocha", "e2e", "check"})) {
    return CommandKind::kTest;
  }
  if (tool.ends_with("lint") ||
      has_word(tool,
               {"lint", "vet", "eslint", "ruff", "mypy", "flake8", "black", "prettier", "fmt",
                "gofmt", "clippy", "golangci", "shellcheck", "biome", "typecheck", "pylint"})) {
    return CommandKind::kLint;
  }
  if (has_word(tool, {"build", "make", "cmake", "ninja", "tsc", "compile", "gcc", "clang", "rustc",
                      "javac", "install", "package", "bundle"})) {
    return CommandKind::kBuild;
  }
  return CommandKind::kOther;
}

std::string_view shown_file(const std::vector<SimpleCommand>& commands) {
  std::string_view file;
  for (const SimpleCommand& command : commands) {
    const auto words = words_of(command.text);
    if (words.empty() || is_trivial(command.text)) continue;
    if (kind_of(command.text) != CommandKind::kLook) return {};
    if (!one_of(base_of(words[0]), {"cat", "sed", "head", "tail", "nl", "less"})) {
      if (command.join == Join::kPipe) continue;
      return {};
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string_view name = base_of(words[i]);
      if (words[i].find_first_of("'\"$*?{}()\\") != words[i].npos || name.find('.') == name.npos ||
          name.starts_with('.') || words[i].starts_with('-')) {
        continue;
      }
      if (!file.empty()) return {};
      file = words[i];
    }
  }
  return file;
}

namespace {

// What a run of tests, a build or a linter is about.
struct Target {
  std::vector<std::string_view> on;       // what it runs on
  std::vector<std::string_view> filters;  // the part of it that it is limited to
  std::vector<std::string_view> setup;    // what it needs to be the same thing
};

Target target_of(std::string_view command) {
  Target target;
  const auto words = words_of(command);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const bool filter =
        one_of(name, {"-run", "-k", "-t", "-g", "-R", "--filter", "--grep", "--testNamePattern"});
    if (filter || one_of(name, {"-tags", "--tags", "--features", "--config"})) {
      const bool joined = equals != word.npos;
      const std::string_view value =
          joined ? word.substr(equals + 1) : (i + 1 < words.size() ? words[++i] : "");
      (filter ? target.filters : target.setup).push_back(value);
    } else if (!word.starts_with('-')) {
      target.on.push_back(word);
    }
  }
  return target;
}

}  // namespace

bool covers(std::string_view later, std::string_view earlier) {
  if (later == earlier) return true;
  if (tool_of(later) != tool_of(earlier)) return false;
  // Of other programs a different call is a different thing.
  const CommandKind kind = kind_of(later);
  if (kind == CommandKind::kOther || kind == CommandKind::kGit || kind == CommandKind::kLook) {
    return false;
  }
  const Target given = target_of(later), wanted = target_of(earlier);
  if (!given.filters.empty() && given.filters != wanted.filters) return false;
  if (given.setup != wanted.setup) return false;
  return std::all_of(wanted.on.begin(), wanted.on.end(), [&](std::string_view word) {
    return std::any_of(given.on.begin(), given.on.end(), [&](std::string_view g) {
      return g == word || g == "./..." || g == "." ||
             (g.ends_with("/...") && word.starts_with(g.substr(0, g.size() - 4)));
    });
  });
}

std::vector<Outcome> outcomes(const std::vector<SimpleCommand>& commands,
                              std::optional<bool> success) {
  std::vector<Outcome> out(commands.size(), Outcome::kUnknown);
  if (commands.empty() || !success) return out;
  const std::size_t last = commands.size() - 1;
  // The last list of commands joined by && decides the status; what stands before says nothing.
  std::size_t begin = last;
  while (begin > 0 && commands[begin].join == Join::kAnd) --begin;
  const bool piped = commands[begin].join == Join::kPipe || commands[begin].join == Join::kOr;
  if (*success) {
    for (std::size_t i = begin; i <= last; ++i) {
      // The first of a list may be the end of a pipe: `a | b && c` says nothing of a.
      if (i != begin || !piped || commands[i].join == Join::kPipe) out[i] = Outcome::kOk;
    }
    // `a | b && c`, `a && b | c`: go back over && chains whose last is the pipe's first.
    if (commands[begin].join == Join::kPipe) {
      std::size_t i = begin;
      while (i > 0 && commands[i].join == Join::kPipe) --i;
      for (; i > 0 && commands[i].join == Join::kAnd; --i) out[i - 1] = Outcome::kOk;
    }
    return out;
  }
  std::optional<std::size_t> culprit;
  for (std::size_t i = begin; i <= last; ++i) {
    if (is_trivial(commands[i].text)) continue;
    if (culprit) return out;  // one of them, nobody knows which
    culprit = i;
  }
  // A failing pipe or || list: only its last command is known to have failed.
  if (culprit && (*culprit == last || !piped)) out[*culprit] = Outcome::kFailed;
  return out;
}

}  // namespace masc::handoff
