// Chats kept as Markdown: aider's .aider.chat.history.md and SpecStory's .specstory/history/*.md.
#include <vector>

#include "base/text.h"
#include "handoff/calls.h"
#include "handoff/client.h"

namespace masc::handoff {
namespace {

Event said(EventKind kind, std::string_view text) {
  Event event;
  event.kind = kind;
  event.text = trim(text);
  return event;
}

// aider: "#### " is the person, "> " the program, the rest the agent. Edits are SEARCH/REPLACE
// blocks below their file's name.
class Aider final : public Parser {
 public:
  bool record(JsonView, std::string_view, const EventSink&) override { return false; }

  void line(std::string_view line, const EventSink& sink) override {
    if (block_ == Block::kNone && line.starts_with("####")) {
      take('u', line.substr(std::min<std::size_t>(line.size(), 5)), sink);
    } else if (block_ == Block::kNone && line.starts_with(">")) {
      take('p', line.substr(std::min<std::size_t>(line.size(), 2)), sink);
    } else if (block_ == Block::kNone && line.starts_with("# aider chat started at")) {
      flush(sink);
    } else if (trim(line).empty() && side_ != 'a') {
      // An empty line between two of a kind says nothing.
    } else {
      if (side_ != 'a') flush(sink);
      side_ = 'a';
      agent(line);
    }
  }

  void finish(const EventSink& sink) override { flush(sink); }

 private:
  enum class Block { kNone, kBefore, kAfter };
  static constexpr std::size_t kMost = std::size_t{4} << 20;

  void take(char side, std::string_view text, const EventSink& sink) {
    if (side_ != side) flush(sink);
    side_ = side;
    while (text.ends_with(' ')) text.remove_suffix(1);
    if (text_.size() < kMost) text_.append(text).push_back('\n');
  }

  void agent(std::string_view line) {
    if (block_ == Block::kNone && line.starts_with("<<<<<<< SEARCH")) {
      block_ = Block::kBefore;
      edits_.push_back({name_, "", "", false, false});
      return;
    }
    if (block_ == Block::kBefore && line.starts_with("=======")) {
      block_ = Block::kAfter;
    } else if (block_ == Block::kAfter && line.starts_with(">>>>>>> REPLACE")) {
      block_ = Block::kNone;
    } else if (block_ != Block::kNone) {
      std::string& side = block_ == Block::kBefore ? edits_.back().before : edits_.back().after;
      if (side.size() < kMost) side.append(line).push_back('\n');
    } else {
      if (!line.starts_with("```") && !trim(line).empty()) name_ = trim(line);
      if (text_.size() < kMost) text_.append(line).push_back('\n');
    }
  }

  void flush(const EventSink& sink) {
    block_ = Block::kNone;
    if (side_ == 'u') {
      sink(said(EventKind::kUser, text_));
    } else if (side_ == 'a') {
      if (!trim(text_).empty()) sink(said(EventKind::kAssistant, text_));
      for (FileEdit& edit : edits_) {
        Event call;
        call.kind = EventKind::kCall;
        call.tool = "edit";
        call.action = Action::kEdit;
        call.path = edit.path;
        call.edits.push_back(std::move(edit));
        sink(std::move(call));
      }
      edits_.clear();
    } else if (side_ == 'p' && !trim(text_).empty()) {
      sink(said(EventKind::kOutput, text_));
    }
    side_ = ' ';
    text_.clear();
  }

  char side_ = ' ';
  Block block_ = Block::kNone;
  std::string text_, name_;
  std::vector<FileEdit> edits_;
};

// SpecStory: "_**User**_" and "_**Assistant**_" (with more inside the stars) head the turns, "---"
// ends them, tool uses stand in <tool-use> or <details> blocks.
class SpecStory final : public Parser {
 public:
  bool record(JsonView, std::string_view, const EventSink&) override { return false; }

  void line(std::string_view line, const EventSink& sink) override {
    if (line.starts_with("_**User")) return turn(EventKind::kUser, sink);
    if (line.starts_with("_**Assistant") || line.starts_with("_**Agent")) {
      return turn(EventKind::kAssistant, sink);
    }
    if (!begun_ || trim(line) == "---") return;
    if (line.starts_with("<tool-use") || line.starts_with("<details")) {
      flush(sink);
      return begin_tool(line);
    }
    if (line.starts_with("</tool-use>") || line.starts_with("</details>")) return flush(sink);
    if (line.starts_with("<think")) {
      flush(sink);
      kind_ = EventKind::kReasoning;
      return;
    }
    if (line.starts_with("</think")) return flush(sink);
    if (text_.size() < kMost) text_.append(line).push_back('\n');
  }

  void finish(const EventSink& sink) override { flush(sink); }

 private:
  static constexpr std::size_t kMost = std::size_t{4} << 20;

  void turn(EventKind kind, const EventSink& sink) {
    flush(sink);
    begun_ = true;
    kind_ = turn_ = kind;
  }

  void begin_tool(std::string_view line) {
    kind_ = EventKind::kCall;
    constexpr std::string_view kName = "data-tool-name=\"";
    const std::size_t at = line.find(kName);
    if (at == line.npos) return;
    std::string_view rest = line.substr(at + kName.size());
    tool_ = take_until(rest, '"');
  }

  // The command of a tool's block, its files, and all of its text as output.
  void tool(const EventSink& sink) {
    Event call;
    call.kind = EventKind::kCall;
    call.tool = tool_.empty() ? "tool" : tool_;
    call.call = "t" + std::to_string(++tools_);
    std::size_t tick = text_.find('`');
    const std::size_t end = tick == text_.npos ? tick : text_.find('`', tick + 1);
    if (end != text_.npos && end > tick + 1) call.text = text_.substr(tick + 1, end - tick - 1);
    const std::string& name = call.tool;
    const auto has = [&](std::string_view word) { return name.find(word) != name.npos; };
    if (has("Bash") || has("shell") || has("terminal") || has("command")) {
      call.action = Action::kShell;
    } else if (has("Edit") || has("Write") || has("edit") || has("write")) {
      call.action = Action::kEdit;
      call.path = call.text;
      call.edits.push_back({call.path, "", text_, false, false});
    } else if (has("Read") || has("read")) {
      call.action = Action::kRead;
      call.path = call.text;
    }
    Event output = said(EventKind::kOutput, text_);
    output.call = call.call;
    sink(std::move(call));
    sink(std::move(output));
  }

  void flush(const EventSink& sink) {
    if (!trim(text_).empty()) {
      if (kind_ == EventKind::kCall) {
        tool(sink);
      } else {
        sink(said(kind_, kind_ == EventKind::kUser ? without_injections(text_) : text_));
      }
    }
    kind_ = turn_;
    tool_.clear();
    text_.clear();
  }

  bool begun_ = false;
  EventKind kind_ = EventKind::kUser, turn_ = EventKind::kUser;
  std::string text_, tool_;
  std::uint64_t tools_ = 0;
};

}  // namespace

std::unique_ptr<Parser> aider_parser() { return std::make_unique<Aider>(); }
std::unique_ptr<Parser> spec_story_parser() { return std::make_unique<SpecStory>(); }

}  // namespace masc::handoff
