// Names that can only be handed over literally: paths, identifiers, commit ids, values, flags.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "handoff/hash_slots.h"
#include "handoff/text_pool.h"

namespace masc::handoff {

enum class AtomKind : std::uint8_t { kPath, kUrl, kCommit, kName, kKebab, kValue, kFlag };

struct Atom {
  AtomKind kind;
  std::string_view text;  // as it stands
  std::string_view key;   // what makes it the same: of a path its last two components
};

// The atoms of a text, in order. Views into `text`.
void find_atoms(std::string_view text, std::vector<Atom>& out);

// What it costs a successor to be without one, relative to an identifier.
double atom_weight(AtomKind kind) noexcept;

// The last two components of a path.
std::string_view path_key(std::string_view path) noexcept;

// Gives each key a small number. Copies the keys.
class AtomTable {
 public:
  void reserve(std::size_t keys) { keys_.reserve(keys); }
  std::uint32_t intern(AtomKind kind, std::string_view key);
  // The number of a key that was seen before, else kNone.
  static constexpr std::uint32_t kNone = HashSlots::kNone;
  std::uint32_t find(std::string_view key) const noexcept;
  std::size_t size() const noexcept { return keys_.size(); }
  std::string_view key(std::uint32_t id) const noexcept { return keys_[id].text; }
  AtomKind kind(std::uint32_t id) const noexcept { return keys_[id].kind; }

 private:
  struct Key {
    std::string_view text;
    AtomKind kind;
  };
  auto is(std::string_view key) const noexcept {
    return [this, key](std::uint32_t id) { return keys_[id].text == key; };
  }

  std::vector<Key> keys_;
  TextPool texts_;
  HashSlots slots_;
};

}  // namespace masc::handoff
