#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "wire/train.h"

namespace masc::wire {
namespace {

enum class Sort : std::uint8_t { kLower, kUpper, kDigit, kSpace, kLine, kMark, kOther };

Sort sort_of(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 'a' && byte <= 'z') return Sort::kLower;
  if (byte >= 'A' && byte <= 'Z') return Sort::kUpper;
  if (byte >= '0' && byte <= '9') return Sort::kDigit;
  if (byte == ' ') return Sort::kSpace;
  if (byte == '\n' || byte == '\t') return Sort::kLine;
  return byte >= 0x80 ? Sort::kOther : Sort::kMark;
}

// Where the word or run of marks that begins at `at` ends: " word", "Word", "ABC", "12", "::", "\n
// ".
std::size_t unit_end(std::string_view text, std::size_t at) {
  std::size_t i = at;
  if (sort_of(text[i]) == Sort::kSpace && i + 1 < text.size() &&
      sort_of(text[i + 1]) != Sort::kSpace)
    ++i;
  const Sort first = sort_of(text[i++]);
  if (first == Sort::kUpper && i < text.size() && sort_of(text[i]) == Sort::kLower) {
    while (i < text.size() && sort_of(text[i]) == Sort::kLower) ++i;
    return i;
  }
  const auto same = [&](Sort s) {
    return s == first || (first == Sort::kLine && s == Sort::kSpace);
  };
  while (i < text.size() && same(sort_of(text[i]))) ++i;
  return i;
}

using Counts = std::unordered_map<std::string_view, std::uint64_t>;

// Drops what was seen least, to bound memory.
void thin(Counts& counts, std::uint64_t least) {
  std::erase_if(counts, [least](const auto& entry) { return entry.second < least; });
}

struct Scored {
  std::string text;
  double score;
};

std::vector<std::string> best(std::vector<Scored> list, std::size_t size) {
  std::sort(list.begin(), list.end(), [](const Scored& a, const Scored& b) {
    return a.score != b.score ? a.score > b.score : a.text < b.text;
  });
  if (list.size() > size) list.resize(size);
  std::vector<std::string> out;
  out.reserve(list.size());
  for (Scored& s : list) out.push_back(std::move(s.text));
  return out;
}

std::vector<std::string> candidates(const std::vector<std::string_view>& texts, std::size_t size) {
  Counts counts;
  Counts words;
  std::vector<std::size_t> ends;
  for (const std::string_view text : texts) {
    ends.assign(1, 0);
    while (ends.back() < text.size()) ends.push_back(unit_end(text, ends.back()));
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
      ++words[text.substr(ends[i], std::min(ends[i + 1] - ends[i], kLongestToken))];
      for (std::size_t n = 2;
           n <= 5 && i + n < ends.size() && ends[i + n] - ends[i] <= kLongestToken; ++n)
        ++counts[text.substr(ends[i], ends[i + n] - ends[i])];
    }
    if (counts.size() > 6'000'000) thin(counts, 2);
  }
  thin(counts, 12);
  Counts parts;
  for (const auto& [word, n] : words) {
    if (n >= 8) counts[word] += n;
    if (n < 3) continue;
    for (std::size_t from = 0; from < word.size(); ++from)
      for (std::size_t length = 2; length <= 12 && from + length <= word.size(); ++length)
        if (from > 0 || length < word.size()) parts[word.substr(from, length)] += n;
    if (parts.size() > 6'000'000) thin(parts, 12);
  }
  std::vector<Scored> list;
  for (const auto& [text, n] : counts)
    list.push_back({std::string(text), static_cast<double>(n) * static_cast<double>(text.size())});
  for (const auto& [text, n] : parts)
    if (n >= 60 && !counts.contains(text))
      list.push_back(
          {std::string(text), 0.5 * static_cast<double>(n) * static_cast<double>(text.size() - 1)});
  return best(std::move(list), size);
}

// A unigram model: entries with a cost in bits, in a hashed trie.
class Unigram {
 public:
  explicit Unigram(std::vector<std::string> entries)
      : entries_(std::move(entries)), cost_(entries_.size(), 12.0F), count_(entries_.size(), 0) {
    build();
  }

  std::size_t size() const { return entries_.size(); }

  void count(const std::vector<std::string_view>& texts) {
    std::fill(count_.begin(), count_.end(), 0);
    for (const std::string_view text : texts)
      parse(text, std::numeric_limits<std::uint32_t>::max());
    recost();
  }

  // Leaves the `size` entries whose loss would cost most; single bytes stay.
  std::vector<std::string> keep(std::size_t size,
                                const std::unordered_set<std::string_view>& always) {
    std::vector<Scored> list;
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      const auto seen = static_cast<double>(count_[i]);
      if (entries_[i].size() == 1 || always.contains(entries_[i])) {
        list.push_back({entries_[i], std::numeric_limits<double>::infinity()});
        continue;
      }
      if (count_[i] == 0) continue;
      const double without = parse(entries_[i], i);
      list.push_back({entries_[i], seen * (without - static_cast<double>(cost_[i]))});
    }
    return best(std::move(list), size);
  }

  std::vector<std::string> by_use() const {
    std::vector<Scored> list;
    for (std::size_t i = 0; i < entries_.size(); ++i)
      list.push_back({entries_[i], static_cast<double>(count_[i])});
    return best(std::move(list), entries_.size());
  }

 private:
  void build() {
    std::size_t edges = 0;
    for (const std::string& entry : entries_) edges += entry.size();
    std::size_t size = 1024;
    while (size < edges * 2) size *= 2;
    keys_.assign(size, 0);
    nodes_.assign(size, 0);
    token_.assign(1, -1);
    std::uint32_t fresh = 1;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      std::uint32_t node = 0;
      for (const char c : entries_[i]) {
        const std::size_t slot = find(node, static_cast<unsigned char>(c));
        if (keys_[slot] == 0) {
          keys_[slot] = key(node, static_cast<unsigned char>(c));
          nodes_[slot] = fresh++;
          token_.push_back(-1);
        }
        node = nodes_[slot];
      }
      token_[node] = static_cast<std::int32_t>(i);
    }
  }
  static std::uint64_t key(std::uint32_t node, unsigned char byte) {
    return (std::uint64_t{node} << 8 | byte) + 1;
  }
  std::size_t find(std::uint32_t node, unsigned char byte) const {
    const std::uint64_t wanted = key(node, byte);
    std::size_t slot = (wanted * 0x9E3779B97F4A7C15ULL >> 20) & (keys_.size() - 1);
    while (keys_[slot] != 0 && keys_[slot] != wanted) slot = (slot + 1) & (keys_.size() - 1);
    return slot;
  }

  // The cheapest cost of `text` without entry `but`; counts the entries used unless one is left
  // out.
  double parse(std::string_view text, std::uint32_t but) {
    best_.assign(text.size() + 1, std::numeric_limits<float>::max());
    from_.assign(text.size() + 1, 0);
    best_[0] = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::uint32_t node = 0;
      for (std::size_t j = i; j < text.size() && j < i + kLongestToken; ++j) {
        const std::size_t slot = find(node, static_cast<unsigned char>(text[j]));
        if (keys_[slot] == 0) break;
        node = nodes_[slot];
        const std::int32_t token = token_[node];
        if (token < 0 || static_cast<std::uint32_t>(token) == but) continue;
        const float cost = best_[i] + cost_[static_cast<std::size_t>(token)];
        if (cost >= best_[j + 1]) continue;
        best_[j + 1] = cost;
        from_[j + 1] = static_cast<std::uint32_t>(token);
      }
    }
    if (but == std::numeric_limits<std::uint32_t>::max())
      for (std::size_t at = text.size(); at > 0; at -= entries_[from_[at]].size())
        ++count_[from_[at]];
    return static_cast<double>(best_.back());
  }
  void recost() {
    double sum = 0;
    for (const std::uint64_t n : count_) sum += static_cast<double>(n) + 0.1;
    for (std::size_t i = 0; i < count_.size(); ++i)
      cost_[i] = static_cast<float>(std::log2(sum / (static_cast<double>(count_[i]) + 0.1)));
  }

  std::vector<std::string> entries_;
  std::vector<float> cost_;
  std::vector<std::uint64_t> count_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> nodes_;
  std::vector<std::int32_t> token_;
  std::vector<float> best_;
  std::vector<std::uint32_t> from_;
};

}  // namespace

std::vector<std::string> learn_vocabulary(const std::vector<std::string_view>& texts,
                                          std::size_t size, const std::vector<std::string>& keep,
                                          const std::function<void(std::size_t)>& pruned) {
  std::vector<std::string> entries = candidates(texts, std::max<std::size_t>(size * 7, 1000));
  std::unordered_set<std::string> known(entries.begin(), entries.end());
  const auto need = [&](const std::string& entry) {
    if (known.insert(entry).second) entries.push_back(entry);
  };
  for (unsigned byte = 0; byte < 256; ++byte) need(std::string(1, static_cast<char>(byte)));
  std::unordered_set<std::string_view> always;
  for (const std::string& entry : keep) {
    if (entry.empty() || entry.size() > kLongestToken) continue;
    need(entry);
    always.insert(entry);
  }
  for (std::size_t done = 0;; ++done) {
    pruned(done);
    Unigram model(entries);
    model.count(texts);
    model.count(texts);
    if (entries.size() <= size) return model.by_use();
    entries = model.keep(std::max(size, entries.size() * 7 / 10), always);
  }
}

}  // namespace masc::wire
