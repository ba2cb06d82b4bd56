// What the index of trails holds on disk, piece by piece; the order is in store/trail_index.h.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/time.h"
#include "model/policy.h"
#include "model/trail.h"

namespace masc::store::layout {

using model::TrailKind;

inline constexpr std::array<char, 8> kMagic = {'M', 'A', 'S', 'C', 't', 'r', 'l', '2'};
inline constexpr std::size_t kCloneDigits = 16;

struct Head {
  std::array<char, 8> magic = kMagic;
  std::uint64_t checksum = 0;
  std::uint64_t bytes = 0;
  std::array<unsigned char, 20> tip{};
  std::uint32_t clones = 0;
  std::array<std::int64_t, 4> half_lives{};
  std::int64_t as_of = 0;
  std::uint32_t places = 0;
  std::uint32_t sums = 0;
  std::uint32_t agents = 0;
  std::uint32_t notes = 0;
  std::uint32_t note_bytes = 0;
  std::uint32_t path_bytes = 0;
};
struct Origin {
  std::array<char, kCloneDigits> clone{};
  std::int64_t number = 0;  // the last deposit taken in
};
struct Place {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t first = 0;  // its sums end where the next place's begin
  std::uint32_t spare = 0;
};
struct Sum {
  double strength = 0;  // as of Head::as_of
  std::int64_t last = 0;
  std::uint32_t deposits = 0;
  std::uint32_t agent = 0;
  std::uint32_t kind = 0;
  std::uint32_t spare = 0;
};

// What was said last of a sum's deposits. Few have one.
struct Note {
  std::int64_t at = 0;
  std::uint32_t sum = 0;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t spare = 0;
};

// Four lanes of multiply and rotate: enough to tell a torn file, as fast as memory.
inline std::uint64_t checksum(std::string_view bytes) {
  constexpr std::uint64_t kPrime = 0x9E3779B185EBCA87ULL;
  std::array<std::uint64_t, 4> lanes = {1, 2, 3, 4};
  std::size_t at = 0;
  for (; at + 32 <= bytes.size(); at += 32) {
    std::array<std::uint64_t, 4> words{};
    std::memcpy(words.data(), bytes.data() + at, 32);
    for (std::size_t i = 0; i < 4; ++i) {
      lanes[i] = (lanes[i] ^ words[i]) * kPrime;
      lanes[i] = lanes[i] << 29 | lanes[i] >> 35;
    }
  }
  std::uint64_t sum = bytes.size();
  for (; at < bytes.size(); ++at) sum = (sum ^ static_cast<unsigned char>(bytes[at])) * kPrime;
  for (const std::uint64_t lane : lanes) sum = ((sum ^ lane) * kPrime) ^ (sum >> 31);
  return sum;
}
inline constexpr std::size_t kChecked = offsetof(Head, bytes);

inline std::array<std::int64_t, 4> half_lives(const model::Policy& policy) {
  std::array<std::int64_t, 4> lives{};
  for (const TrailKind kind : model::kPathKinds)
    lives[static_cast<std::size_t>(kind)] = model::half_life(policy, kind)->count();
  return lives;
}

inline std::int64_t millis(Instant at) { return at.time_since_epoch().count(); }

// 2^((at − as_of) / half-life): what a deposit of then weighs as of `as_of`.
inline double weight(TrailKind kind, std::int64_t at, std::int64_t as_of,
                     const std::array<std::int64_t, 4>& lives) {
  if (model::is_record(kind)) return 1;
  const auto life = static_cast<double>(lives[static_cast<std::size_t>(kind)]);
  return std::exp2(static_cast<double>(at - as_of) / life);
}

}  // namespace masc::store::layout
