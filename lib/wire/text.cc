#include "wire/text.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace masc::wire {
namespace {

constexpr std::uint32_t kNever = 0xffffffff;
// 4 bits say how many bits the length has (beyond the least one).
constexpr unsigned kLengthBits = 4;
constexpr std::size_t kMostCopy = (std::size_t{1} << 15) + kLeastCopy - 2;

unsigned distance_bits(std::size_t pool) { return static_cast<unsigned>(std::bit_width(pool)); }

std::uint32_t copy_cost(std::size_t length, std::size_t pool) {
  const auto extra = static_cast<unsigned>(std::bit_width(length - kLeastCopy + 1)) - 1;
  return 16 * (kLengthBits + extra + distance_bits(pool));
}

std::size_t hash_of(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, kLeastCopy);
  return (word * 0x9E3779B185EBCA87ULL) >> 52;
}

}  // namespace

void TextEncoder::restart() {
  base_ += static_cast<std::uint32_t>(pool_.size());
  pool_.clear();
  if (base_ < (std::uint32_t{1} << 30)) return;
  base_ = 1;
  std::fill(recent_.begin(), recent_.end(), 0);
}

// Returns how long the copy is that was found, if it is used.
std::size_t TextEncoder::try_copy(std::size_t at, std::size_t index, std::size_t size) {
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
  const Node& here = nodes_[index];
  const std::uint32_t token = model_.copy_token();
  const std::uint32_t cost = here.cost + model_.class_costs(here.row)[model_.class_of(token)] +
                             model_.token_cost(token) + copy_cost(length, at);
  Node& there = nodes_[index + length];
  if (cost >= there.cost) return 0;
  there = {cost, static_cast<std::uint16_t>(token),
           static_cast<std::uint16_t>(model_.row_of(token)), static_cast<std::uint32_t>(length),
           static_cast<std::uint32_t>(at - (found - base_))};
  return length;
}

// The cheapest way to each position, extended by every entry that begins there. What a way ends in
// is remembered for the cheapest only: exact for costs of single entries, very nearly so with
// classes.
void TextEncoder::parse_block(std::size_t from, std::size_t size, std::uint32_t row) {
  if (nodes_.size() < size + 1) nodes_.resize(size + 1);
  for (std::size_t i = 0; i <= size; ++i) nodes_[i].cost = kNever;
  nodes_[0] = {0, 0, static_cast<std::uint16_t>(row), 0, 0};
  const char* const text = pool_.data() + from;
  for (std::size_t i = 0; i < size; ++i) {
    const Node here = nodes_[i];
    if (here.cost == kNever) continue;  // inside of a long copy
    const std::uint8_t* const class_costs = model_.class_costs(here.row);
    const std::size_t most = std::min(size - i, kLongestToken);
    std::uint32_t trie = 0;
    for (std::size_t length = 1; length <= most; ++length) {
      trie = model_.step(trie, static_cast<unsigned char>(text[i + length - 1]));
      if (trie == 0) break;
      const std::uint16_t token = model_.token_at(trie);
      if (token == kNoToken) continue;
      const std::uint32_t cost =
          here.cost + class_costs[model_.class_of(token)] + model_.token_cost(token);
      Node& there = nodes_[i + length];
      if (cost >= there.cost) continue;
      there = {cost, token, static_cast<std::uint16_t>(model_.row_of(token)),
               static_cast<std::uint32_t>(length), 0};
    }
    if (const std::size_t copied = try_copy(from + i, i, size); copied >= kLongCopy) {
      for (std::size_t j = i + 1; j < i + copied; ++j) nodes_[j].cost = kNever;
    }
  }
  cost_ += nodes_[size].cost;
  const std::size_t first = pieces_.size();
  for (std::size_t at = size; at > 0; at -= nodes_[at].length)
    pieces_.push_back({nodes_[at].token, nodes_[at].length, nodes_[at].distance});
  std::reverse(pieces_.begin() + static_cast<std::ptrdiff_t>(first), pieces_.end());
}

const std::vector<Piece>& TextEncoder::parse(std::string_view text, Start start) {
  pieces_.clear();
  cost_ = 0;
  const std::size_t begin = pool_.size();
  pool_.append(text);
  std::uint32_t row = model_.start_row(start);
  for (std::size_t done = 0; done < text.size(); done += kParseBlock) {
    parse_block(begin + done, std::min(kParseBlock, text.size() - done), row);
    row = model_.row_of(pieces_.back().token);
  }
  const std::uint32_t end = model_.end_token();
  cost_ += model_.class_costs(row)[model_.class_of(end)] + model_.token_cost(end);
  pieces_.push_back({end, 0, 0});
  return pieces_;
}

void TextEncoder::put(RangeEncoder& out, std::string_view text, Start start) {
  std::size_t at = pool_.size();
  std::uint32_t row = model_.start_row(start);
  for (const Piece& piece : parse(text, start)) {
    const Model::Interval cls = model_.class_interval(row, model_.class_of(piece.token));
    out.put(cls.cumulative, cls.frequency, kModelBits);
    const Model::Interval token = model_.token_interval(piece.token);
    if (token.frequency < kModelTotal) out.put(token.cumulative, token.frequency, kModelBits);
    if (piece.token == model_.copy_token()) {
      const std::size_t more = piece.length - kLeastCopy + 1;
      const auto extra = static_cast<unsigned>(std::bit_width(more)) - 1;
      out.put_bits(extra, kLengthBits);
      out.put_bits(more, extra);  // its first bit is always 1
      out.put_bits(piece.distance - 1, distance_bits(at));
    }
    at += piece.length;
    row = model_.row_of(piece.token);
  }
}

bool TextDecoder::take_copy(RangeDecoder& in) {
  const auto extra = static_cast<unsigned>(in.bits(kLengthBits));
  const std::size_t more = std::size_t{1} << extra | in.bits(extra);
  const std::size_t length = more + kLeastCopy - 1;
  const std::size_t distance = in.bits(distance_bits(pool_.size())) + 1;
  if (distance > pool_.size() || length > most_ - pool_.size() || in.failed()) return false;
  const std::size_t from = pool_.size() - distance;
  for (std::size_t i = 0; i < length; ++i) pool_.push_back(pool_[from + i]);
  return true;
}

std::size_t TextDecoder::take(RangeDecoder& in, Start start) {
  const std::size_t begin = pool_.size();
  const std::uint32_t end = model_.end_token();
  std::uint32_t row = model_.start_row(start);
  while (!in.exhausted()) {
    const std::uint32_t class_slot = in.slot(kModelBits);
    const std::uint32_t cls = model_.find_class(row, class_slot);
    const Model::Interval class_interval = model_.class_interval(row, cls);
    in.take(class_interval.cumulative, class_interval.frequency);
    std::uint32_t token = model_.first_token(cls);
    if (!model_.single(cls)) {
      token = model_.find_token(cls, in.slot(kModelBits));
      const Model::Interval interval = model_.token_interval(token);
      in.take(interval.cumulative, interval.frequency);
    }
    if (token == end) return begin;
    if (token > end) {
      if (!take_copy(in)) break;
    } else if (model_.length(token) > most_ - pool_.size()) {
      break;
    } else {
      pool_.append(model_.text_data(token), model_.length(token));
    }
    row = model_.row_of(token);
  }
  in.fail();
  return begin;
}

}  // namespace masc::wire
