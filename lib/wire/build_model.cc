#include "wire/build_model.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <queue>

#include "wire/model.h"

namespace masc::wire {
namespace {

constexpr std::uint32_t kLeastPart = 8;  // of a share may go to its neighbour

// Shares of kModelTotal in proportion to the counts; everyone gets at least 1. Where it costs next
// to nothing, a boundary lies where a bucket of the search ends, so that nobody has to go on there.
std::vector<std::uint32_t> shares(const std::vector<std::uint64_t>& counts, std::uint32_t bucket) {
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
  std::uint32_t end = 0;
  for (std::size_t i = 0; i + 1 < out.size(); ++i) {
    end += out[i];
    const std::uint32_t above = end % bucket, below = (bucket - above) % bucket;
    const std::uint32_t most = std::min(out[i], out[i + 1]) / kLeastPart;
    if (above <= below && above <= most) {
      out[i] -= above;
      out[i + 1] += above;
      end -= above;
    } else if (below <= most) {
      out[i] += below;
      out[i + 1] -= below;
      end += below;
    }
  }
  return out;
}

std::uint8_t cost_of(std::uint32_t share) {
  const double bits = kModelBits - std::log2(static_cast<double>(share));
  return static_cast<std::uint8_t>(std::lround(bits * 16));
}

// A trie in a double array (Aoe 1989), checked by label alone: no two nodes have the same base, and
// base 0 is no one's, so that it stands for "nothing behind".
class Trie {
 public:
  struct Cell {
    std::uint32_t base = 0;
    std::uint16_t token = kNoEntry;
    std::uint8_t label = 0;
    bool used = false;
  };
  std::vector<Cell> cells;

  explicit Trie(const std::vector<ModelPlan::Token>& tokens) {
    Node root;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i].text.empty()) continue;
      Node* node = &root;
      for (const char c : tokens[i].text) {
        node = &node->next[static_cast<unsigned char>(c)];
        node->count += tokens[i].count;
      }
      node->token = static_cast<std::uint16_t>(i);
    }
    place_all(root);
    std::size_t used = 0;
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (cells[i].used) used = std::max<std::size_t>({used, i, cells[i].base});
    cells.resize(used + 257);
    base_used_.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (!cells[i].used) cells[i].label = stray_label(i);
  }

 private:
  struct Node {
    std::map<unsigned char, Node> next;
    std::uint64_t count = 0;
    std::uint16_t token = kNoEntry;
  };

  // The most used nodes first, so that they share cache lines and pages.
  void place_all(const Node& root) {
    struct Waiting {
      std::uint64_t count;
      std::size_t at;
      const Node* node;
      bool operator<(const Waiting& other) const {
        return count != other.count ? count < other.count : at > other.at;
      }
    };
    grow(512);
    base_used_[0] = true;
    cells[0] = {.label = 1, .used = true};
    std::priority_queue<Waiting> waiting;
    waiting.push({root.count, 0, &root});
    while (!waiting.empty()) {
      const Waiting next = waiting.top();
      waiting.pop();
      const std::uint32_t base = next.node->next.empty() ? 0 : free_base(*next.node);
      cells[next.at].base = base;
      cells[next.at].token = next.node->token;
      for (const auto& [byte, child] : next.node->next) {
        cells[base + byte] = {.label = byte, .used = true};
        waiting.push({child.count, base + byte, &child});
      }
      while (first_free_ < cells.size() && cells[first_free_].used) ++first_free_;
    }
  }
  std::uint32_t free_base(const Node& node) {
    const std::size_t least = node.next.begin()->first;
    for (std::size_t base = first_free_ > least ? first_free_ - least : 1;; ++base) {
      grow(base + 512);
      if (base % kKeptFree == 0 || base_used_[base] ||
          std::any_of(node.next.begin(), node.next.end(),
                      [&](const auto& edge) { return cells[base + edge.first].used; }))
        continue;
      base_used_[base] = true;
      return static_cast<std::uint32_t>(base);
    }
  }
  // A label by which no base leads to this cell: there is one, thanks to kKeptFree.
  std::uint8_t stray_label(std::size_t at) const {
    std::size_t label = 0;
    while (label <= at && base_used_[at - label]) ++label;
    return static_cast<std::uint8_t>(label);
  }
  void grow(std::size_t size) {
    if (cells.size() >= size) return;
    cells.resize(size * 2);
    base_used_.resize(size * 2, false);
  }

  static constexpr std::size_t kKeptFree = 64;

  std::vector<bool> base_used_;
  std::size_t first_free_ = 1;
};

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
    put(entry.cumulative);
    put(entry.frequency);
    put(entry.row);
    put(entry.cls);
  }
  void put_bucket(const ModelEntry& entry, ModelOutcome outcome) {
    put(entry.cumulative);
    put(entry.frequency);
    put(outcome);
  }
  std::string out;
};

void put_trie(Bytes& bytes, const Trie& trie, const std::vector<ModelEntry>& entries,
              const std::vector<std::uint8_t>& cost) {
  for (const Trie::Cell& cell : trie.cells) {
    const bool entry = cell.token != kNoEntry;
    const ModelCell cls = entry ? entries[cell.token].cls : 0xff;
    const ModelCell price = entry ? cost[cell.token] : kNoEntryCost;
    bytes.put(cell.label | cls << 8 | ModelCell{cell.token} << 16 | price << 32 |
              ModelCell{cell.base} << 46);
  }
}

struct Lookup {
  std::vector<std::uint32_t> places;  // where a class's buckets begin (28), their shift (4)
  std::vector<std::uint16_t> buckets;
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
    const auto share = shares({begin, begin + plan.classes}, kModelTotal / kRowBuckets);
    std::vector<std::uint32_t> sums = {0};
    for (const std::uint32_t s : share) {
      sums.push_back(sums.back() + s);
      rows.cost.push_back(cost_of(s));
    }
    for (const std::uint32_t sum : sums) rows.cumulative.push_back(static_cast<std::uint16_t>(sum));
    rows.cost.resize((row + 1) * kRowWidth);
    rows.cumulative.resize((row + 1) * kRowWidth);
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
  const unsigned shift = bucket_shift(end - begin);
  lookup.places.push_back(static_cast<std::uint32_t>(lookup.buckets.size() << 4 | shift));
  std::size_t token = begin;
  for (std::uint32_t b = 0; b < kModelTotal >> shift; ++b) {
    while (token + 1 < end && entries[token + 1].cumulative <= b << shift) ++token;
    lookup.buckets.push_back(static_cast<std::uint16_t>(token));
  }
}

// The tokens by class, and whatever is used most in front, so that it shares cache lines and pages.
// End and copy keep the last numbers; so their classes stay the last ones.
ModelPlan sorted(const ModelPlan& plan) {
  ModelPlan out = plan;
  std::vector<std::uint64_t> by_class(plan.classes, 0), by_row(plan.rows, 0);
  for (std::size_t row = 0; row < plan.rows; ++row)
    for (std::size_t cls = 0; cls < plan.classes; ++cls) {
      by_class[cls] += plan.pairs[row * plan.classes + cls];
      by_row[row] += plan.pairs[row * plan.classes + cls];
    }
  const auto ranks = [](const std::vector<std::uint64_t>& counts, std::size_t movable) {
    std::vector<std::size_t> order(counts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(movable),
                     [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
    std::vector<std::uint32_t> rank(counts.size());
    for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = static_cast<std::uint32_t>(i);
    return rank;
  };
  const auto cls_rank = ranks(by_class, plan.classes - 2);
  std::vector<std::uint32_t> row_rank = ranks(by_row, plan.rows - kStarts);
  for (std::uint32_t& rank : row_rank)  // those of the starts, which are last, come first
    rank = (rank + static_cast<std::uint32_t>(kStarts)) % plan.rows;
  for (ModelPlan::Token& token : out.tokens) {
    token.cls = cls_rank[token.cls];
    token.row = row_rank[token.row];
  }
  for (std::size_t row = 0; row < plan.rows; ++row)
    for (std::size_t cls = 0; cls < plan.classes; ++cls)
      out.pairs[row_rank[row] * plan.classes + cls_rank[cls]] =
          plan.pairs[row * plan.classes + cls];
  std::stable_sort(out.tokens.begin(), out.tokens.end(),
                   [](const ModelPlan::Token& a, const ModelPlan::Token& b) {
                     return a.cls != b.cls ? a.cls < b.cls : a.count > b.count;
                   });
  return out;
}

// All texts one behind the other, and what comes of each entry. The most used ones share cache
// lines, and lie at the end, where zstd finds its prefix nearest.
std::string place_texts(const std::vector<ModelPlan::Token>& tokens,
                        std::vector<ModelOutcome>& outcomes) {
  std::vector<std::size_t> by_use(tokens.size());
  std::iota(by_use.begin(), by_use.end(), std::size_t{0});
  std::stable_sort(by_use.begin(), by_use.end(),
                   [&](std::size_t a, std::size_t b) { return tokens[a].count < tokens[b].count; });
  std::string text;
  for (const std::size_t i : by_use) {
    const std::string& token = tokens[i].text;
    const std::size_t begin = token.empty() ? i - (tokens.size() - 2) : text.size();
    outcomes[i] = static_cast<ModelOutcome>(begin << 14 | token.size() << 9 | tokens[i].row);
    text += token;
  }
  return text;
}

}  // namespace

std::string build_model(const ModelPlan& unsorted) {
  const ModelPlan plan = sorted(unsorted);
  const std::size_t count = plan.tokens.size();
  std::vector<std::uint16_t> class_begin(plan.classes + 1, 0);
  std::vector<ModelEntry> entries(count);
  std::vector<ModelOutcome> outcomes(count);
  std::vector<std::uint8_t> cost(count);
  for (std::size_t i = 0; i < count; ++i) {
    const ModelPlan::Token& token = plan.tokens[i];
    entries[i].cls = static_cast<std::uint16_t>(token.cls);
    entries[i].row = static_cast<std::uint16_t>(token.row);
    ++class_begin[token.cls + 1];
  }
  const std::string text = place_texts(plan.tokens, outcomes);
  for (std::size_t cls = 0; cls < plan.classes; ++cls)
    class_begin[cls + 1] = static_cast<std::uint16_t>(class_begin[cls + 1] + class_begin[cls]);

  Lookup lookup;
  for (std::size_t cls = 0; cls < plan.classes; ++cls) {
    std::vector<std::uint64_t> counts;
    for (std::size_t i = class_begin[cls]; i < class_begin[cls + 1]; ++i)
      counts.push_back(plan.tokens[i].count);
    const auto share = shares(counts, std::uint32_t{1} << bucket_shift(counts.size()));
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
  const Trie trie(plan.tokens);
  ModelHeader header{{'M', 'W', 'M', '6'},
                     0,
                     static_cast<std::uint32_t>(count),
                     plan.rows,
                     plan.classes,
                     static_cast<std::uint32_t>(trie.cells.size()),
                     static_cast<std::uint32_t>(text.size()),
                     static_cast<std::uint32_t>(lookup.buckets.size()),
                     0,
                     {}};
  header.size = static_cast<std::uint32_t>(model_size(header));
  Bytes bytes;
  bytes.put(rows.cumulative);
  bytes.put(rows.cost);
  bytes.put(rows.bucket);
  put_trie(bytes, trie, entries, cost);
  for (const std::uint16_t token : lookup.buckets)
    bytes.put_bucket(entries[token], outcomes[token]);
  for (const ModelEntry& entry : entries) bytes.put_entry(entry);
  bytes.put(outcomes);
  bytes.put(lookup.places);
  bytes.put(lookup.buckets);
  for (const ModelEntry& entry : entries) bytes.put(entry.row);
  bytes.put(cost[count - 2]);
  bytes.put(cost[count - 1]);
  bytes.out += text;
  bytes.out.append(kLongestToken, '\0');
  header.profile = XXH3_64bits(bytes.out.data(), bytes.out.size()) & 0xff;
  Bytes all;
  all.out.append(header.magic, 4);
  for (const std::uint32_t number :
       {header.size, header.tokens, header.rows, header.classes, header.cells, header.text_bytes,
        header.buckets, header.profile})
    all.put(number);
  all.out.resize(sizeof header);
  return all.out + bytes.out;
}

}  // namespace masc::wire
