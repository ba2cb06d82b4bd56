// The clients whose transcripts are understood, and how a transcript of each is read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "handoff/event.h"
#include "handoff/json_view.h"

namespace masc::handoff {

enum class Client {
  kClaude,     // Claude Code, JSON Lines
  kCodex,      // Codex rollouts, JSON Lines
  kGemini,     // Gemini CLI, JSON Lines or one document
  kOpencode,   // opencode's export, one document
  kCopilot,    // Copilot CLI, JSON Lines
  kPi,         // pi, JSON Lines
  kSweAgent,   // SWE-agent trajectories, one document
  kSpecStory,  // SpecStory, Markdown
  kAider,      // aider's chat history, Markdown
};

std::string_view client_name(Client client) noexcept;  // "claude", "codex", …
std::optional<Client> parse_client(std::string_view name) noexcept;

// How a transcript is cut into records.
enum class Framing {
  kLines,     // a JSON value a line
  kDocument,  // one JSON object; the elements of the arrays at its top are the records
  kText,      // lines of text
};
Framing framing_of(Client client, std::string_view beginning) noexcept;

// `text` without the byte order mark that some editors put in front.
std::string_view without_bom(std::string_view text) noexcept;

// The client that wrote what begins like this (64 KiB of lines that are not too long suffice);
// nullopt: none that is known.
std::optional<Client> detect_client(std::string_view beginning);

// Turns records into events. One for each transcript, fed in order.
class Parser {
 public:
  virtual ~Parser() = default;
  // A record. `list`: the name of the array that it stands in (documents). False: of no known type.
  virtual bool record(JsonView value, std::string_view list, const EventSink& sink) = 0;
  // A line of text without its end. False never happens: all text means something.
  virtual void line(std::string_view, const EventSink&) {}
  // After the last record.
  virtual void finish(const EventSink&) {}

  std::uint64_t number = 0;  // of the record at hand
};

std::unique_ptr<Parser> make_parser(Client client);

// One for each client; make_parser chooses.
std::unique_ptr<Parser> claude_parser();
std::unique_ptr<Parser> codex_parser();
std::unique_ptr<Parser> gemini_parser();
std::unique_ptr<Parser> opencode_parser();
std::unique_ptr<Parser> copilot_parser();
std::unique_ptr<Parser> pi_parser();
std::unique_ptr<Parser> swe_agent_parser();
std::unique_ptr<Parser> spec_story_parser();
std::unique_ptr<Parser> aider_parser();

}  // namespace masc::handoff
