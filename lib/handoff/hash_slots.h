// Finds small numbers by the hash of what they stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace masc::handoff {

// Open addressing; the caller holds the things themselves and compares them.
class HashSlots {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  HashSlots() : slots_(kLeast) {}

  // The number of what has this hash and is `same(number)`, else kNone.
  template <class Same>
  std::uint32_t find(std::uint64_t hash, Same same) const {
    return slots_[place(tag_of(hash), same)].number;
  }
  // The same; where there is none, `number` is put in its place.
  template <class Same>
  std::uint32_t find_or_add(std::uint64_t hash, std::uint32_t number, Same same) {
    if (used_ * 3 >= slots_.size() * 2) grow();
    Slot& slot = slots_[place(tag_of(hash), same)];
    if (slot.number != kNone) return slot.number;
    slot = {tag_of(hash), number};
    ++used_;
    return kNone;
  }

 private:
  static constexpr std::size_t kLeast = 1024;  // a power of two, as all sizes
  struct Slot {
    std::uint32_t tag = 0;  // half of the hash, to compare little else
    std::uint32_t number = kNone;
  };
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }

  // The tag alone says where to look first, so that growing needs nothing else.
  template <class Same>
  std::size_t place(std::uint32_t tag, Same same) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = tag & mask;
    while (slots_[at].number != kNone && (slots_[at].tag != tag || !same(slots_[at].number))) {
      at = (at + 1) & mask;
    }
    return at;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 4);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number == kNone) continue;
      slots_[place(slot.tag, [](std::uint32_t) { return false; })] = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace masc::handoff
