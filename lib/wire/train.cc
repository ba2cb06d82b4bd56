#include "wire/train.h"

#include <xxhash.h>

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "wire/build_model.h"
#include "wire/fields.h"
#include "wire/record.h"
#include "wire/text.h"

namespace masc::wire {
namespace {

// A model with its memory.
struct Owned {
  explicit Owned(const std::string& bytes) : words(bytes.size() / 8 + 1) {
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(words.data()));
    size = bytes.size();
  }
  std::string_view bytes() const { return {reinterpret_cast<const char*>(words.data()), size}; }
  std::vector<std::uint64_t> words;
  std::size_t size;
};

// What texts and starts a message has, in the order in which they are coded.
void walk(const Record& record, const std::function<void(std::string_view, Start)>& use) {
  if (record.kind == Kind::kOpaque) return use(record.values[0].text, Start::kOther);
  for (const Column column : kColumns) {
    const Shape& shape = shapes_of(record.kind)[record.shape];
    for (const std::size_t i : shape.in(column))
      for_each_text(record, shape.parts[i].field, record.values[i], use);
  }
}

// `before` in the upper half of a key, `after` in the lower.
std::vector<Pair> sorted_pairs(const std::unordered_map<std::uint64_t, std::uint64_t>& seen) {
  std::vector<Pair> pairs;
  pairs.reserve(seen.size());
  for (const auto& [key, n] : seen)
    pairs.push_back({static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key), n});
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
    return a.before != b.before ? a.before < b.before : a.after < b.after;
  });
  return pairs;
}

// Leaves out the entries, of the least used ones, for which there is no room: in the trie, whose
// cells are some more than its nodes, or for the text. Single bytes stay.
void fit(std::vector<std::string>& entries) {
  constexpr std::size_t kMostNodes = kMostCells / 4 * 3;
  std::unordered_set<std::uint64_t> nodes;
  std::size_t text = 256;  // of the single bytes
  std::erase_if(entries, [&](const std::string& entry) {
    std::vector<std::uint64_t> own;
    for (std::size_t length = 1; length <= entry.size(); ++length)
      own.push_back(XXH3_64bits(entry.data(), length));
    const auto fresh = std::ranges::count_if(own, [&](auto node) { return !nodes.contains(node); });
    if (entry.size() > 1) {
      if (nodes.size() + static_cast<std::size_t>(fresh) > kMostNodes) return true;
      if (text + entry.size() > kMostText) return true;
      text += entry.size();
    }
    nodes.insert(own.begin(), own.end());
    return false;
  });
}

}  // namespace

void Trainer::add_text(std::string_view text, Start start) {
  pieces_.push_back({text_.size(), text.size(), start, first_});
  text_ += text;
  first_ = false;
}

void Trainer::add(std::string_view message) {
  Record record;
  take_apart(message, record);
  first_ = true;
  walk(record, [this](std::string_view text, Start start) { add_text(text, start); });
}

Result<std::string> Trainer::train(const TrainOptions& options) const {
  std::vector<std::string_view> texts;
  std::size_t size = 0;
  for (const Piece& piece : pieces_) {
    size += piece.size;
    if (size > options.sample_bytes) break;
    texts.push_back(text(piece));
  }
  if (size < 20000)
    return fail(ErrorCode::kInvalid, "{} bytes of text are too little to learn from", size);
  constexpr std::size_t kPrunings = 7, kRounds = 4, kSteps = kPrunings + kRounds;
  std::vector<std::string> entries =
      learn_vocabulary(texts, options.tokens, options.keep,
                       [&](std::size_t done) { options.step(std::min(done, kPrunings), kSteps); });
  fit(entries);
  const auto fixed = static_cast<std::uint32_t>(entries.size());
  const std::uint32_t count = fixed + 2;

  ModelPlan plan;
  const auto classes = std::min<std::uint32_t>(options.classes, fixed / 4);
  const auto rows = std::min<std::uint32_t>(options.rows, fixed / 4);
  // The most used entries are alone in their class, which spares them a symbol.
  const std::uint32_t lone = classes / 5;
  std::rotate(entries.begin(), entries.begin() + lone, entries.end());
  plan.classes = classes;
  plan.rows = rows + static_cast<std::uint32_t>(kStarts);
  plan.tokens.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    // At first, classes are ranges of use.
    plan.tokens[i].cls = i < fixed ? i * (classes - 2) / fixed : classes - 2 + (i - fixed);
    plan.tokens[i].row = i < fixed ? 0 : rows - 2 + (i - fixed);
    plan.tokens[i].count = i < fixed ? fixed / (i + 1) : 1;
    if (i < fixed) plan.tokens[i].text = entries[i];
  }
  plan.pairs.assign(std::size_t{plan.rows} * classes, 1);

  for (std::size_t round = 0; round < kRounds; ++round) {
    options.step(kPrunings + round, kSteps);
    const Owned owned(build_model(plan));
    MASC_TRY(const Model model, Model::open(owned.bytes()));
    // The model numbers its entries anew.
    std::unordered_map<std::string_view, std::uint32_t> number;
    for (std::uint32_t i = 0; i < fixed; ++i) number[plan.tokens[i].text] = i;
    std::vector<std::uint32_t> of(count);
    for (std::uint32_t t = 0; t < count; ++t)
      of[t] = t < model.end_token() ? number[model.text(t)] : t;
    std::unordered_map<std::uint64_t, std::uint64_t> seen;
    for (ModelPlan::Token& token : plan.tokens) token.count = 0;
    TextEncoder encoder(model);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (pieces_[i].first) encoder.restart();
      std::uint32_t before = count + static_cast<std::uint32_t>(pieces_[i].start);
      for (const wire::Piece& piece : encoder.parse(texts[i], pieces_[i].start)) {
        const std::uint32_t now = of[piece.token];
        ++plan.tokens[now].count;
        ++seen[std::uint64_t{before} << 32 | now];
        before = now;
      }
    }
    const std::vector<Pair> pairs = sorted_pairs(seen);
    if (round == 0 || round == 2) {
      const Classes learned = learn_classes(pairs, count, static_cast<std::uint32_t>(kStarts),
                                            fixed - lone, rows, classes);
      for (std::uint32_t i = 0; i < count; ++i) {
        plan.tokens[i].row = learned.row[i];
        plan.tokens[i].cls = learned.cls[i];
      }
    }
    std::fill(plan.pairs.begin(), plan.pairs.end(), 0);
    for (const Pair& pair : pairs) {
      const std::uint32_t row =
          pair.before < count ? plan.tokens[pair.before].row : rows + pair.before - count;
      plan.pairs[std::size_t{row} * classes + plan.tokens[pair.after].cls] += pair.count;
    }
  }
  return build_model(plan);
}

}  // namespace masc::wire
