// Any bytes as the transcript of one client: events and a brief within its budget, or counts.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "handoff/brief.h"
#include "handoff/tokens.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace masc::handoff;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(detect_client(text));
  const Client client = *parse_client(CLIENT);
  Work work;
  work.begin(1, "/r");
  Redactor redactor;
  std::uint64_t kept = 0;
  TranscriptReader reader(
      client, framing_of(client, text), &redactor,
      [&](std::string_view piece) { kept += piece.size(); },
      [&](Event&& event) { work.add(std::move(event)); });
  const std::size_t half = size / 2;
  reader.feed(text.substr(0, half));
  reader.feed(text.substr(half));
  reader.finish();
  if (reader.consumed() > size) std::abort();
  const auto brief = make_brief(Dna(), work, 400, "x");
  if (!brief || estimate_tokens(brief->text) > 400) std::abort();
  return 0;
}
