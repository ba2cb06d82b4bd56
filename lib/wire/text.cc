#include "wire/text.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace masc::wire {
namespace {

constexpr std::uint32_t kNever = 0xffffff;
// 4 bits say how many bits the length has (beyond the least one).
constexpr unsigned kLengthBits = 4;
constexpr std::size_t kMostCopy = (std::size_t{1} << 15) + kLeastCopy - 2;

unsigned distance_bits(std::size_t pool) { return static_cast<unsigned>(std::bit_width(pool)); }

std::uint32_t copy_cost(std::size_t length, std::size_t pool) {
  const auto extra = static_cast<unsigned>(std::bit_width(length - kLeastCopy + 1)) - 1;
  return 16 * (kLengthBits + extra + distance_bits(pool));
}

std::size_t hash_of(const char* at) {
  static_assert(kLeastCopy == 6);
  std::uint32_t front = 0;
  std::uint16_t back = 0;
  std::memcpy(&front, at, sizeof front);
  std::memcpy(&back, at + sizeof front, sizeof back);
  return ((front | std::uint64_t{back} << 32) * 0x9E3779B185EBCA87ULL) >> 52;
}

// In a frame, a place is left out to which the way isn't this much cheaper than to one farther on:
// nearly always it is inside of a word. In 1/16 bit.
constexpr std::uint32_t kAdvance = 48;

static_assert(kParseBlock * 2 * 255 + 2000 < kNever && kMostCopy < 0xffff);
static_assert(kMostRows <= 1 << 9 && kMostTokens <= 1 << 15);
std::uint64_t node_of(std::uint32_t cost, std::size_t length, std::uint32_t row,
                      std::uint32_t token) {
  return std::uint64_t{cost} << 40 | (0xffff - length) << 24 | row << 15 | token;
}
constexpr std::uint64_t kNoWay = ~std::uint64_t{0};
std::uint32_t cost_of(std::uint64_t node) { return static_cast<std::uint32_t>(node >> 40); }
std::size_t length_of(std::uint64_t node) { return 0xffff - (node >> 24 & 0xffff); }
std::uint32_t row_of(std::uint64_t node) { return node >> 15 & 0x1ff; }
std::uint32_t token_of(std::uint64_t node) { return node & 0x7fff; }

}  // namespace

void TextEncoder::restart() {
  base_ += static_cast<std::uint32_t>(pool_.size());
  pool_.clear();
  if (base_ < (std::uint32_t{1} << 30)) return;
  base_ = 1;
  std::fill(recent_.begin(), recent_.end(), 0);
}

// Returns how long the copy is that was found, if it is used.
std::size_t TextEncoder::try_copy(std::size_t at, std::size_t index, std::size_t size,
                                  std::uint32_t row) {
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
  const std::uint32_t cost = cost_of(nodes_[index]) +
                             model_.class_costs(row)[model_.class_of(token)] +
                             model_.special_cost(token) + copy_cost(length, at);
  const Node way = node_of(cost, length, model_.row_of(token), token);
  Node& there = nodes_[index + length];
  if (way >= there) return 0;
  there = way;
  distances_[index + length] = static_cast<std::uint32_t>(at - (found - base_));
  return length;
}

// The cheapest way to each position, extended by every entry that begins there. What a way ends in
// is remembered for the cheapest only: exact for costs of single entries, very nearly so with
// classes.
void TextEncoder::parse_block(std::size_t from, std::size_t size, std::uint32_t row,
                              std::uint32_t advance) {
  if (nodes_.size() < size + 1) {
    nodes_.resize(size + 1);
    distances_.resize(size + 1);
  }
  Node* const nodes = nodes_.data();
  std::fill(nodes, nodes + size + 1, kNoWay);
  nodes[0] = node_of(0, 0, row, 0);
  const char* const text = pool_.data() + from;
  const Model model = model_;  // so that its members stay in registers
  const std::uint32_t end = model.end_token();
  // The cheapest position ahead: its cost, and below it kPositions - position.
  constexpr std::uint64_t kPositions = (std::uint64_t{1} << 40) - 1;
  std::uint64_t ahead = kNoWay;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint32_t cost = cost_of(nodes[i]);
    if (cost == kNever) continue;  // inside of a long copy
    if (advance == 0 || kPositions - (ahead & kPositions) <= i) {
      ahead = kNoWay;
    } else if (cost + advance > cost_of(ahead)) {
      continue;
    }
    const std::uint32_t here = row_of(nodes[i]);
    const std::uint8_t* const class_costs = model.class_costs(here);
    const std::size_t most = std::min(size - i, kLongestToken);
    ModelCell cell = model.root();
    for (std::size_t length = 1; length <= most; ++length) {
      const auto byte = static_cast<unsigned char>(text[i + length - 1]);
      cell = model.step(cell, byte);
      if (!Model::follows(cell, byte)) break;
      // No branch on whether an entry ends here, which nobody can foresee.
      const std::uint64_t none = std::uint64_t{0} - std::uint64_t{cell.token == end};
      const std::uint32_t reached = cost + class_costs[cell.cls] + cell.cost;
      const Node way = node_of(reached, length, model.row_of(cell.token), cell.token) | none;
      nodes[i + length] = std::min(nodes[i + length], way);
      ahead = std::min(ahead, (way | kPositions) - (i + length));
    }
    if (const std::size_t copied = try_copy(from + i, i, size, here); copied >= kLongCopy)
      std::fill(nodes + i + 1, nodes + i + copied, kNoWay);
  }
  cost_ += cost_of(nodes[size]);
  const std::size_t first = pieces_.size();
  for (std::size_t at = size; at > 0; at -= length_of(nodes[at]))
    pieces_.push_back(
        {token_of(nodes[at]), static_cast<std::uint32_t>(length_of(nodes[at])), distances_[at]});
  std::reverse(pieces_.begin() + static_cast<std::ptrdiff_t>(first), pieces_.end());
}

const std::vector<Piece>& TextEncoder::parse(std::string_view text, Start start,
                                             std::uint32_t advance) {
  pieces_.clear();
  cost_ = 0;
  const std::size_t begin = pool_.size();
  pool_.append(text);
  std::uint32_t row = model_.start_row(start);
  for (std::size_t done = 0; done < text.size(); done += kParseBlock) {
    parse_block(begin + done, std::min(kParseBlock, text.size() - done), row, advance);
    row = model_.row_of(pieces_.back().token);
  }
  const std::uint32_t end = model_.end_token();
  cost_ += model_.class_costs(row)[model_.class_of(end)] + model_.special_cost(end);
  pieces_.push_back({end, 0, 0});
  return pieces_;
}

void TextEncoder::put(RangeEncoder& to, std::string_view text, Start start) {
  std::size_t at = pool_.size();
  std::uint32_t row = model_.start_row(start);
  const std::uint32_t copy = model_.copy_token();
  const std::vector<Piece>& pieces = parse(text, start, kAdvance);
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
    if (token == end) {
      good = true;
      break;
    }
    if (token > end) {
      from = in;
      if (!take_copy(from)) break;
      in = from;
    } else {
      if (entry.length > most_ - size_) break;
      make_room(kLongestToken);
      // Always as much as the longest has, which is quicker than to count.
      std::memcpy(pool_.data() + size_, model.text_data(token), kLongestToken);
      size_ += entry.length;
    }
    row = entry.row;
  }
  from = in;
  if (!good) from.fail();
  return begin;
}

}  // namespace masc::wire
