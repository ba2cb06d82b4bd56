#include "wire/build_model.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <optional>

#include "wire/model.h"

namespace masc::wire {
namespace {

// Shares of kModelTotal in proportion to the counts; everyone gets at least 1.
std::vector<std::uint32_t> shares(const std::vector<std::uint64_t>& counts) {
  const std::uint64_t sum =
      std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}) + counts.size();
  const auto room = static_cast<std::uint32_t>(kModelTotal - counts.size());
  std::vector<std::uint32_t> out(counts.size());
  std::uint32_t used = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    out[i] = 1 + static_cast<std::uint32_t>((counts[i] + 1) * room / sum);
    used += out[i];
  }
  // What rounding left over goes to the likeliest.
  *std::max_element(out.begin(), out.end()) += kModelTotal - used;
  return out;
}

std::uint8_t cost_of(std::uint32_t share) {
  const double bits = kModelBits - std::log2(static_cast<double>(share));
  return static_cast<std::uint8_t>(std::lround(bits * 16));
}

// A trie in two arrays (Aoe 1989), checked by label and base: no two nodes have the same base.
struct Trie {
  std::vector<std::uint32_t> cells = {};
  std::vector<std::uint16_t> tokens = {};
  std::uint16_t none;  // token where no entry ends

  struct Node {
    std::map<unsigned char, Node> next;
    std::optional<std::uint16_t> token;
  };
  std::vector<bool> base_used = {};
  std::size_t hint = 1;

  void grow(std::size_t size) {
    if (cells.size() >= size) return;
    cells.resize(size, 0);
    tokens.resize(size, none);
    base_used.resize(size, false);
  }
  bool free_at(std::size_t base, const Node& node) const {
    if (base_used[base]) return false;
    return std::all_of(node.next.begin(), node.next.end(),
                       [&](const auto& edge) { return cells[base + edge.first] == 0; });
  }
  void place(const Node& node, std::size_t at) {
    tokens[at] = node.token.value_or(none);
    if (node.next.empty()) return;
    std::size_t base = hint;
    for (;; ++base) {
      grow(base + 512);
      if (free_at(base, node)) break;
    }
    while (hint < cells.size() && cells[hint] != 0) ++hint;
    base_used[base] = true;
    cells[at] = (cells[at] & 0x1ff) | static_cast<std::uint32_t>(base) << 9;
    for (const auto& edge : node.next) cells[base + edge.first] = 0x100U | edge.first;
    for (const auto& [byte, child] : node.next) place(child, base + byte);
  }
};

Trie make_trie(const std::vector<std::string>& texts) {
  Trie::Node root;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    Trie::Node* node = &root;
    for (const char c : texts[i]) node = &node->next[static_cast<unsigned char>(c)];
    node->token = static_cast<std::uint16_t>(i);
  }
  Trie trie{.none = static_cast<std::uint16_t>(texts.size() - 2)};
  trie.grow(1024);
  trie.place(root, 0);
  std::size_t used = 0;
  for (std::size_t i = 0; i < trie.cells.size(); ++i)
    if (trie.cells[i] != 0) used = std::max(used, std::max<std::size_t>(i, trie.cells[i] >> 9));
  trie.grow(used + 257);
  trie.cells.resize(used + 257);
  trie.tokens.resize(used + 257);
  return trie;
}

class Bytes {
 public:
  template <class T>
  void put(const std::vector<T>& list) {
    for (const T item : list) put(item);
  }
  template <class T>
  void put(T number) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
      out.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i)));
  }
  void put_entry(const ModelEntry& entry) {
    put(entry.text_at);
    put(entry.cumulative);
    put(entry.frequency);
    put(entry.row);
    put(entry.length);
    put(entry.cls);
  }
  std::string out;
};

void put_trie(Bytes& bytes, const Trie& trie, const std::vector<ModelEntry>& entries,
              const std::vector<std::uint8_t>& cost) {
  for (std::size_t i = 0; i < trie.cells.size(); ++i) {
    const std::uint16_t token = trie.tokens[i];
    bytes.put(trie.cells[i]);
    bytes.put(token);
    bytes.put(entries[token].cls);
    bytes.put(cost[token]);
  }
}

struct Lookup {
  std::vector<std::uint32_t> at;
  std::vector<std::uint16_t> buckets;
  std::vector<std::uint8_t> shift;
};

// The chances of a class behind each row, in kModelTotal.
struct Rows {
  std::vector<std::uint16_t> cumulative;
  std::vector<std::uint8_t> cost, bucket;
};

Rows make_rows(const ModelPlan& plan) {
  Rows rows;
  for (std::size_t row = 0; row < plan.rows; ++row) {
    const auto begin = plan.pairs.begin() + static_cast<std::ptrdiff_t>(row * plan.classes);
    const auto share = shares({begin, begin + plan.classes});
    std::vector<std::uint32_t> sums = {0};
    for (const std::uint32_t s : share) {
      sums.push_back(sums.back() + s);
      rows.cost.push_back(cost_of(s));
    }
    for (const std::uint32_t sum : sums) rows.cumulative.push_back(static_cast<std::uint16_t>(sum));
    std::size_t cls = 0;
    for (std::uint32_t b = 0; b < kRowBuckets; ++b) {
      while (sums[cls + 1] <= b * (kModelTotal / kRowBuckets)) ++cls;
      rows.bucket.push_back(static_cast<std::uint8_t>(cls));
    }
  }
  return rows;
}

// A class's way from a number below kModelTotal to its token: tokens from `begin` to before `end`.
void add_class(Lookup& lookup, std::size_t begin, std::size_t end,
               const std::vector<ModelEntry>& entries) {
  const auto bits =
      std::min<unsigned>(kModelBits, static_cast<unsigned>(std::bit_width(end - begin - 1)));
  const unsigned shift = kModelBits - bits;
  lookup.at.push_back(static_cast<std::uint32_t>(lookup.buckets.size()));
  lookup.shift.push_back(static_cast<std::uint8_t>(shift));
  std::size_t token = begin;
  for (std::uint32_t b = 0; b < kModelTotal >> shift; ++b) {
    while (token + 1 < end && entries[token + 1].cumulative <= b << shift) ++token;
    lookup.buckets.push_back(static_cast<std::uint16_t>(token));
  }
}

}  // namespace

std::string build_model(const ModelPlan& plan) {
  const std::size_t count = plan.tokens.size();
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  // End and copy keep the last numbers; so their classes must be the last ones.
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return plan.tokens[a].cls < plan.tokens[b].cls;
  });

  std::vector<std::string> texts(count);
  std::vector<std::uint16_t> class_begin(plan.classes + 1, 0);
  std::vector<ModelEntry> entries(count);
  std::vector<std::uint8_t> cost(count);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const ModelPlan::Token& token = plan.tokens[order[i]];
    texts[i] = token.text;
    entries[i].text_at = static_cast<std::uint32_t>(text.size());
    entries[i].length = static_cast<std::uint8_t>(token.text.size());
    entries[i].cls = static_cast<std::uint8_t>(token.cls);
    entries[i].row = static_cast<std::uint16_t>(token.row);
    ++class_begin[token.cls + 1];
    text += token.text;
  }
  for (std::size_t cls = 0; cls < plan.classes; ++cls)
    class_begin[cls + 1] = static_cast<std::uint16_t>(class_begin[cls + 1] + class_begin[cls]);

  Lookup lookup;
  for (std::size_t cls = 0; cls < plan.classes; ++cls) {
    std::vector<std::uint64_t> counts;
    for (std::size_t i = class_begin[cls]; i < class_begin[cls + 1]; ++i)
      counts.push_back(plan.tokens[order[i]].count);
    const auto share = shares(counts);
    std::uint32_t before = 0;
    for (std::size_t i = 0; i < share.size(); ++i) {
      ModelEntry& entry = entries[class_begin[cls] + i];
      entry.cumulative = static_cast<std::uint16_t>(before);
      entry.frequency = static_cast<std::uint16_t>(share[i]);
      cost[class_begin[cls] + i] = cost_of(share[i]);
      before += share[i];
    }
    add_class(lookup, class_begin[cls], class_begin[cls + 1], entries);
  }

  const Rows rows = make_rows(plan);
  const Trie trie = make_trie(texts);
  ModelHeader header{{'M', 'W', 'M', '2'},
                     0,
                     static_cast<std::uint32_t>(count),
                     plan.rows,
                     plan.classes,
                     static_cast<std::uint32_t>(trie.cells.size()),
                     static_cast<std::uint32_t>(text.size()),
                     static_cast<std::uint32_t>(lookup.buckets.size())};
  header.size = static_cast<std::uint32_t>(model_size(header));
  Bytes bytes;
  bytes.out.append(header.magic, 4);
  for (const std::uint32_t number : {header.size, header.tokens, header.rows, header.classes,
                                     header.cells, header.text_bytes, header.buckets})
    bytes.put(number);
  put_trie(bytes, trie, entries, cost);
  for (const ModelEntry& entry : entries) bytes.put_entry(entry);
  bytes.put(lookup.at);
  for (const ModelEntry& entry : entries) bytes.put(entry.row);
  bytes.put(class_begin);
  bytes.put(rows.cumulative);
  bytes.put(lookup.buckets);
  bytes.put(rows.cost);
  bytes.put(cost[count - 2]);
  bytes.put(cost[count - 1]);
  bytes.put(rows.bucket);
  bytes.put(lookup.shift);
  bytes.out += text;
  const auto profile = static_cast<char>(XXH3_64bits(bytes.out.data(), bytes.out.size()));
  bytes.out.append(kLongestToken, '\0');
  bytes.out[bytes.out.size() - kLongestToken] = profile;
  return bytes.out;
}

}  // namespace masc::wire
