#include "wire/text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace masc::wire {
namespace {

// 4 bits say how many bits the length has (beyond the least one).
constexpr unsigned kLengthBits = 4;
constexpr std::size_t kMostCopy = (std::size_t{1} << 15) + kLeastCopy - 2;

unsigned distance_bits(std::size_t pool) { return static_cast<unsigned>(std::bit_width(pool)); }

std::uint32_t copy_cost(std::size_t length, std::size_t pool) {
  const auto extra = static_cast<unsigned>(std::bit_width(length - kLeastCopy + 1)) - 1;
  return 16 * (kLengthBits + extra + distance_bits(pool));
}

// The kLeastCopy bytes at `at`, as one number; eight can be read there.
std::uint64_t least_copy_at(const char* at) {
  static_assert(kLeastCopy == 6 && std::endian::native == std::endian::little);
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes << 16;
}
std::size_t hash_of(std::uint64_t least_copy) { return least_copy * 0x9E3779B185EBCA87ULL >> 52; }

// A way to a position: 32 bits of cost, 16 of the entry it ends in, 16 of 0xffff - length. So the
// smaller one is better. A block's cost has room.
using Node = std::uint64_t;
constexpr Node kNoWay = ~Node{0};
constexpr std::uint32_t kMostStep = 2 * kMostCost;  // what an entry and its class cost at most
static_assert(kParseBlock * kMostStep + 2000 < 0xffffffff && kMostCopy < 0xffff);
static_assert(kMostTokens <= kNoEntry);
// Where no entry ends, there is a way all the same, for kNoEntryCost and more. It is never the
// cheapest: from where it begins one can also go byte by byte. A way that costs less than this
// above that to a place up to kLongestToken before is none of these.
constexpr std::uint32_t kSurelyEntry = 4096;
static_assert(kLongestToken * kMostStep + kSurelyEntry < kNoEntryCost);
Node node_of(std::uint32_t cost, std::size_t length, std::uint32_t token) {
  return Node{cost} << 32 | token << 16 | (0xffff - length);
}
std::uint32_t cost_of(Node node) { return static_cast<std::uint32_t>(node >> 32); }
std::size_t length_of(Node node) { return 0xffff - (node & 0xffff); }
std::uint32_t token_of(Node node) { return node >> 16 & 0xffff; }

// What a byte is to words: a unit is a run of one sort, with a space or a capital in front of it.
enum Sort : std::uint8_t { kLower, kUpper, kDigit, kSpace, kLine, kOther, kMark };
constexpr std::array<Sort, 256> kSorts = [] {
  std::array<Sort, 256> sorts{};
  for (unsigned byte = 0; byte < 256; ++byte)
    sorts[byte] = byte >= 'a' && byte <= 'z'     ? kLower
                  : byte >= 'A' && byte <= 'Z'   ? kUpper
                  : byte >= '0' && byte <= '9'   ? kDigit
                  : byte == ' '                  ? kSpace
                  : byte == '\n' || byte == '\t' ? kLine
                  : byte >= 0x80                 ? kOther
                                                 : kMark;
  return sorts;
}();
// Bit b of the a-th: between sort a and sort b one unit ends and another begins.
constexpr std::uint8_t kAll = 0x7f;
constexpr std::array<std::uint8_t, 7> kCuts = {kAll & ~(1 << kLower),
                                               kAll & ~(1 << kLower | 1 << kUpper),
                                               kAll & ~(1 << kDigit),
                                               1 << kLine,
                                               kAll & ~(1 << kLine | 1 << kSpace),
                                               kAll & ~(1 << kOther),
                                               kAll & ~(1 << kMark)};
// The bit of a byte's sort, and the bits of the sorts that are cut off behind it.
struct Edge {
  std::uint8_t bit, cuts;
};
constexpr std::array<Edge, 256> kEdges = [] {
  std::array<Edge, 256> edges{};
  for (unsigned byte = 0; byte < 256; ++byte)
    edges[byte] = {static_cast<std::uint8_t>(1U << kSorts[byte]), kCuts[kSorts[byte]]};
  return edges;
}();

}  // namespace

void TextEncoder::restart() {
  base_ += static_cast<std::uint32_t>(size_);
  size_ = 0;
  if (base_ < (std::uint32_t{1} << 30)) return;
  base_ = 1;
  std::fill(recent_.begin(), recent_.end(), 0);
}

void TextEncoder::append(std::string_view text) {
  const std::size_t needed = size_ + text.size() + kLongestToken;
  if (pool_.size() < needed) pool_.resize(needed + needed / 2);
  std::copy(text.begin(), text.end(), pool_.data() + size_);
  size_ += text.size();
  std::memset(pool_.data() + size_, 0, kLongestToken);  // so that nothing depends on earlier texts
}

// Where the unit ends to which the byte before each position belongs.
void TextEncoder::find_units(const char* text, std::size_t size) {
  std::uint16_t* const unit_end = unit_end_.data();
  unit_end[0] = 0;
  auto end = static_cast<std::uint16_t>(size);
  unsigned behind = 0;  // the bit of what is there
  for (std::size_t i = size; i > 0; --i) {
    const Edge edge = kEdges[static_cast<unsigned char>(text[i - 1])];
    end = (edge.cuts & behind) != 0 ? static_cast<std::uint16_t>(i) : end;
    unit_end[i] = end;
    behind = edge.bit;
  }
}

// Returns how long the copy is that was found, if it is used. Its first kLeastCopy bytes are known
// to be right.
std::size_t TextEncoder::try_copy(std::size_t from, std::size_t index, std::size_t size,
                                  std::size_t distance, const std::uint8_t* class_costs) {
  const std::size_t room = std::min(size - index, kMostCopy);
  const char* const target = pool_.data() + from + index;
  const char* const source = target - distance;
  std::size_t length = kLeastCopy;
  while (length < room && source[length] == target[length]) ++length;
  const std::uint32_t token = model_.copy_token();
  const std::uint32_t cost = cost_of(nodes_[index]) + class_costs[model_.class_of(token)] +
                             model_.special_cost(token) + copy_cost(length, from + index);
  const Node way = node_of(cost, length, token);
  Node& there = nodes_[index + length];
  if (way >= there) return 0;
  there = way;
  distances_[index + length] = static_cast<std::uint32_t>(distance);
  return length;
}

// The cheapest way to each position, extended by every entry that begins there. What a way ends in
// is remembered for the cheapest only: exact for costs of single entries, very nearly so with
// classes. Once a way leads from the front of a unit to its end, the places inside are left out,
// unless a copy ends there: nearly always it is a word.
void TextEncoder::parse_block(std::size_t from, std::size_t size, std::uint32_t row) {
  if (unit_end_.size() < size + 1) {
    nodes_.resize(size + 1 + kLongestToken);
    distances_.resize(size + 1);
    unit_end_.resize(size + 1);
  }
  Node* const nodes = nodes_.data();
  std::fill(nodes, nodes + size + 1 + kLongestToken, kNoWay);  // entries may reach beyond the end
  nodes[0] = 0;
  const char* const text = pool_.data() + from;
  find_units(text, size);
  const Model model = model_;  // so that its members stay in registers
  std::uint32_t* const recent = recent_.data();
  const std::uint32_t base = base_ + static_cast<std::uint32_t>(from);
  std::size_t landing = 0;  // where the last copy ends
  for (std::size_t i = 0; i < size;) {
    const Node node = nodes[i];
    if (node == kNoWay) {  // inside of a long copy
      ++i;
      continue;
    }
    const std::uint32_t here = i == 0 ? row : model.row_of(token_of(node));
    const std::uint8_t* const class_costs = model.class_costs(here);
    ModelCell cell = model.root();
    const Node way_here = (node & ~Node{0xffffffff}) | 0xffff;
    // No branch on whether an entry ends at a node, which nobody can foresee; and no node is deeper
    // than kLongestToken.
    for (std::size_t length = 1;; ++length) {
      const auto byte = static_cast<unsigned char>(text[i + length - 1]);
      cell = model.step(cell, byte);
      if (!Model::follows(cell, byte)) break;
      const Node way = way_here - length + Model::entry_and_cost_at(cell) +
                       (Node{class_costs[Model::class_at(cell)]} << 32);
      nodes[i + length] = std::min(nodes[i + length], way);
    }
    if (i + kLeastCopy <= size) {
      const std::uint64_t least = least_copy_at(text + i);
      std::uint32_t& slot = recent[hash_of(least)];
      const std::uint32_t found = slot;
      slot = base + static_cast<std::uint32_t>(i);
      const std::size_t distance = slot - found;
      if (found >= base_ && least_copy_at(text + i - distance) == least) {
        if (const std::size_t copied = try_copy(from, i, size, distance, class_costs);
            copied != 0) {
          landing = i + copied;
          if (copied >= kLongCopy) std::fill(nodes + i + 1, nodes + landing, kNoWay);
        }
      }
    }
    const std::size_t end = unit_end_[i + 1];
    const bool whole = unit_end_[i] == i && nodes[end] < way_here + (Node{kSurelyEntry} << 32);
    // A branch, as it is nearly always so: the next walk begins before the ways' costs are known.
    if (whole && i >= landing) {
      i = end;
      continue;
    }
    const std::size_t next = whole ? end : i + 1;
    i = i < landing && landing < next ? landing : next;
  }
  cost_ += cost_of(nodes[size]);
  const std::size_t first = pieces_.size();
  for (std::size_t at = size; at > 0; at -= length_of(nodes[at]))
    pieces_.push_back(
        {token_of(nodes[at]), static_cast<std::uint32_t>(length_of(nodes[at])), distances_[at]});
  std::reverse(pieces_.begin() + static_cast<std::ptrdiff_t>(first), pieces_.end());
}

const std::vector<Piece>& TextEncoder::parse(std::string_view text, Start start) {
  pieces_.clear();
  cost_ = 0;
  const std::size_t begin = size_;
  append(text);
  std::uint32_t row = model_.start_row(start);
  for (std::size_t done = 0; done < text.size(); done += kParseBlock) {
    parse_block(begin + done, std::min(kParseBlock, text.size() - done), row);
    row = model_.row_of(pieces_.back().token);
  }
  const std::uint32_t end = model_.end_token();
  cost_ += model_.class_costs(row)[model_.class_of(end)] + model_.special_cost(end);
  pieces_.push_back({end, 0, 0});
  return pieces_;
}

void TextEncoder::put(AnsEncoder& out, std::string_view text, Start start) {
  constexpr std::size_t kMostPairs = 4;  // of a piece
  std::size_t at = size_;
  std::uint32_t row = model_.start_row(start);
  const std::uint32_t copy = model_.copy_token();
  const std::vector<Piece>& pieces = parse(text, start);
  const Model model = model_;
  for (std::size_t done = 0; done < pieces.size();) {
    const std::size_t some = std::min(pieces.size() - done, std::size_t{64});
    AnsPair* next = out.room(kMostPairs * some);
    for (const std::size_t end = done + some; done < end; ++done) {
      const Piece& piece = pieces[done];
      const ModelEntry& entry = model.entry(piece.token);
      const Model::Interval cls = model.class_interval(row, entry.cls);
      *next++ = pair_of(cls.cumulative, cls.frequency, entry.cumulative, entry.frequency);
      if (piece.token == copy) {
        const std::size_t more = piece.length - kLeastCopy + 1;
        const auto extra = static_cast<unsigned>(std::bit_width(more)) - 1;
        const auto length = static_cast<std::uint32_t>(more) - (1U << extra);
        *next++ = alone(extra, 1, kLengthBits);
        *next++ = alone(length, 1, extra);
        *next++ = alone(piece.distance - 1, 1, distance_bits(at));
      }
      at += piece.length;
      row = entry.row;
    }
    out.put_up_to(next);
  }
}

void TextDecoder::make_room(std::size_t more) {
  if (pool_.size() - size_ < more) pool_.resize(size_ + size_ / 2 + more + 256);
}

bool TextDecoder::take_copy(AnsDecoder& in) {
  const auto extra = static_cast<unsigned>(in.bits(kLengthBits));
  const std::size_t more = std::size_t{1} << extra | in.bits(extra);
  const std::size_t length = more + kLeastCopy - 1;
  const std::size_t distance = in.bits(distance_bits(size_)) + 1;
  if (distance > size_ || size_ > most_ || length > most_ - size_) return false;
  make_room(length);
  char* to = pool_.data() + size_;
  for (char* const end = to + length; to < end; ++to) *to = *(to - distance);  // may overlap
  size_ += length;
  return true;
}

std::size_t TextDecoder::take(AnsDecoder& from, Start start) {
  const std::size_t begin = size_;
  if (from.failed()) return begin;
  const Model model = model_;  // both are copied so that their members stay in registers
  AnsDecoder in = from;
  std::uint32_t row = model.start_row(start);
  bool good = false;
  make_room(kLongestToken);
  char* to = pool_.data() + size_;
  const char* full = pool_.data() + std::min(pool_.size(), most_ + kLongestToken) - kLongestToken;
  while (true) {
    const std::uint64_t state = in.state();
    const std::uint32_t row_before = row;
    const auto [cls, interval] = model.find_class(row, in.slot(kModelBits));
    ModelBucket found;
    if (in.reads_singly()) [[unlikely]] {
      in.take(interval.cumulative, interval.frequency, kModelBits);
      found = model.find_token(cls, in.slot(kModelBits));
      in.take(found.cumulative, found.frequency, kModelBits);
    } else {
      found = model.find_token(cls, in.second_slot());
      in.take_pair(interval.cumulative, interval.frequency, found.cumulative, found.frequency);
    }
    row = Model::row_behind(found.outcome);
    const std::size_t length = Model::length_of(found.outcome);
    if (length != 0) {
      // Always as much as the longest has, which is quicker than to count.
      std::memcpy(to, model.text_of(found.outcome), kLongestToken);
      to += length;
      if (in.state() == state && row == row_before) break;  // it would never end
      if (to <= full) continue;
      size_ = static_cast<std::size_t>(to - pool_.data());
      if (size_ > most_) break;
      make_room(kLongestToken);
    } else if (Model::ends(found.outcome)) {
      size_ = static_cast<std::size_t>(to - pool_.data());
      good = true;
      break;
    } else {
      size_ = static_cast<std::size_t>(to - pool_.data());
      from = in;
      if (!take_copy(from)) break;
      in = from;
      make_room(kLongestToken);
    }
    to = pool_.data() + size_;
    full = pool_.data() + std::min(pool_.size(), most_ + kLongestToken) - kLongestToken;
  }
  from = in;
  if (!good) from.fail();
  return begin;
}

}  // namespace masc::wire
