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

// Of the kLeastCopy bytes at `at`; eight can be read there.
std::size_t hash_of(const char* at) {
  static_assert(kLeastCopy == 6 && std::endian::native == std::endian::little);
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  return (bytes << 16) * 0x9E3779B185EBCA87ULL >> 52;
}

// A way to a position: 32 bits of cost, 16 of 0xffff - length, 16 of the entry it ends in. So the
// smaller one is better, and of equally cheap ones that of the longer entry. A block's cost has
// room: no byte costs more than twice 255.
using Node = std::uint64_t;
constexpr Node kNoWay = ~Node{0};
static_assert(kParseBlock * 2 * 255 + 2000 < 0xffffffff && kMostCopy < 0xffff);
static_assert(kMostTokens <= kNoEntry);
Node node_of(std::uint32_t cost, std::size_t length, std::uint32_t token) {
  return Node{cost} << 32 | (0xffff - length) << 16 | token;
}
std::uint32_t cost_of(Node node) { return static_cast<std::uint32_t>(node >> 32); }
std::size_t length_of(Node node) { return 0xffff - (node >> 16 & 0xffff); }
std::uint32_t token_of(Node node) { return node & 0xffff; }

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
  unit_end_[0] = 0;
  auto end = static_cast<std::uint16_t>(size);
  unsigned cuts = 0;  // by what is behind
  for (std::size_t i = size; i > 0; --i) {
    const Sort sort = kSorts[static_cast<unsigned char>(text[i - 1])];
    end = (kCuts[sort] & cuts) != 0 ? static_cast<std::uint16_t>(i) : end;
    unit_end_[i] = end;
    cuts = 1U << sort;
  }
}

// Returns how long the copy is that was found, if it is used.
std::size_t TextEncoder::try_copy(std::size_t at, std::size_t index, std::size_t size,
                                  const std::uint8_t* class_costs) {
  const std::size_t room = std::min(size - index, kMostCopy);
  if (room < kLeastCopy) return 0;
  std::uint32_t& slot = recent_[hash_of(pool_.data() + at)];
  const std::uint32_t found = slot;
  slot = base_ + static_cast<std::uint32_t>(at);
  if (found < base_) return 0;
  const char* source = pool_.data() + (found - base_);
  const char* target = pool_.data() + at;
  std::size_t length = 0;
  while (length < room && source[length] == target[length]) ++length;
  if (length < kLeastCopy) return 0;
  const std::uint32_t token = model_.copy_token();
  const std::uint32_t cost = cost_of(nodes_[index]) + class_costs[model_.class_of(token)] +
                             model_.special_cost(token) + copy_cost(length, at);
  const Node way = node_of(cost, length, token);
  Node& there = nodes_[index + length];
  if (way >= there) return 0;
  there = way;
  distances_[index + length] = static_cast<std::uint32_t>(at - (found - base_));
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
  std::size_t landing = 0;     // where the last copy ends
  for (std::size_t i = 0; i < size;) {
    const Node node = nodes[i];
    if (node == kNoWay) {  // inside of a long copy
      ++i;
      continue;
    }
    const std::uint32_t here = i == 0 ? row : model.row_of(token_of(node));
    const std::uint8_t* const class_costs = model.class_costs(here);
    ModelCell cell = model.root();
    Node way_here = Node{cost_of(node)} << 32 | 0xffff0000;
    for (std::size_t length = 1; length <= kLongestToken; ++length) {
      const auto byte = static_cast<unsigned char>(text[i + length - 1]);
      cell = model.step(cell, byte);
      if (!Model::follows(cell, byte)) break;
      way_here -= 0x10000;
      const std::uint64_t cost = class_costs[Model::class_at(cell)] + Model::cost_at(cell);
      // No branch on whether an entry ends here, which nobody can foresee: then all bits are set.
      const auto none = static_cast<Node>(static_cast<std::int64_t>(cell) >> 63);
      const Node way = (way_here + (cost << 32) + Model::entry_at(cell)) | none;
      nodes[i + length] = std::min(nodes[i + length], way);
    }
    if (const std::size_t copied = try_copy(from + i, i, size, class_costs); copied != 0) {
      landing = i + copied;
      if (copied >= kLongCopy) std::fill(nodes + i + 1, nodes + landing, kNoWay);
    }
    const std::size_t end = unit_end_[i + 1];
    const bool whole = unit_end_[i] == i && nodes[end] != kNoWay;
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

void TextEncoder::put(RangeEncoder& to, std::string_view text, Start start) {
  std::size_t at = size_;
  std::uint32_t row = model_.start_row(start);
  const std::uint32_t copy = model_.copy_token();
  const std::vector<Piece>& pieces = parse(text, start);
  RangeEncoder out = to;  // so that its members stay in registers
  for (const Piece& piece : pieces) {
    const ModelEntry& entry = model_.entry(piece.token);
    const Model::Interval cls = model_.class_interval(row, entry.cls);
    out.put(cls.cumulative, cls.frequency, kModelBits);
    if (entry.frequency < kModelTotal) out.put(entry.cumulative, entry.frequency, kModelBits);
    if (piece.token == copy) {
      const std::size_t more = piece.length - kLeastCopy + 1;
      const auto extra = static_cast<unsigned>(std::bit_width(more)) - 1;
      out.put_bits(extra, kLengthBits);
      out.put_bits(more, extra);  // its first bit is always 1
      out.put_bits(piece.distance - 1, distance_bits(at));
    }
    at += piece.length;
    row = entry.row;
  }
  to = out;
}

void TextDecoder::make_room(std::size_t more) {
  if (pool_.size() - size_ < more) pool_.resize(size_ + size_ / 2 + more + 256);
}

bool TextDecoder::take_copy(RangeDecoder& in) {
  const auto extra = static_cast<unsigned>(in.bits(kLengthBits));
  const std::size_t more = std::size_t{1} << extra | in.bits(extra);
  const std::size_t length = more + kLeastCopy - 1;
  const std::size_t distance = in.bits(distance_bits(size_)) + 1;
  if (distance > size_ || length > most_ - size_ || in.failed()) return false;
  make_room(length);
  for (const std::size_t end = size_ + length; size_ < end; ++size_)
    pool_[size_] = pool_[size_ - distance];
  return true;
}

std::size_t TextDecoder::take(RangeDecoder& from, Start start) {
  const std::size_t begin = size_;
  const Model model = model_;  // both are copied so that their members stay in registers
  RangeDecoder in = from;
  const std::uint32_t end = model.end_token();
  std::uint32_t row = model.start_row(start);
  bool good = false;
  make_room(kLongestToken);
  char* to = pool_.data() + size_;
  const char* full = pool_.data() + std::min(pool_.size(), most_ + kLongestToken) - kLongestToken;
  while (!in.exhausted()) {
    const std::uint32_t cls = model.find_class(row, in.slot(kModelBits));
    const Model::Interval interval = model.class_interval(row, cls);
    in.take(interval.cumulative, interval.frequency);
    std::uint32_t token = model.first_token(cls);
    if (!model.single(cls)) {
      token = model.find_token(cls, in.slot(kModelBits));
      in.take(model.entry(token).cumulative, model.entry(token).frequency);
    }
    const ModelEntry& entry = model.entry(token);
    row = entry.row;
    if (token < end) {
      // Always as much as the longest has, which is quicker than to count.
      std::memcpy(to, model.text_data(token), kLongestToken);
      to += entry.length;
      if (to <= full) continue;
      size_ = static_cast<std::size_t>(to - pool_.data());
      if (size_ > most_) break;
      make_room(kLongestToken);
    } else if (token == end) {
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
