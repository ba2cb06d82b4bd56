// Any bytes as a DNA file: an error, or what can be replayed.
#include <cstdint>
#include <string_view>

#include "handoff/brief.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace masc::handoff;
  const auto dna = unpack_dna(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!dna) return 0;
  Replay replay;
  if (replay.run(*dna)) static_cast<void>(make_brief(*dna, replay.work(), 400, "x"));
  return 0;
}
