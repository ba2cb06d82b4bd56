#include "swarm/predict.h"

#include <algorithm>
#include <array>
#include <map>

namespace masc::swarm {
namespace {

constexpr double kExpected = 3;
constexpr double kKnown = 0.85;
constexpr double kMostChance = 0.9;
constexpr std::size_t kLeastLetters = 3;
constexpr std::size_t kMany = 20;
constexpr std::array<std::string_view, 28> kSilent = {
    "add",    "all",  "and",  "bug",    "can", "change", "code", "does",   "fix",      "for",
    "from",   "has",  "into", "make",   "not", "new",    "one",  "out",    "refactor", "remove",
    "should", "that", "the",  "update", "use", "when",   "with", "without"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (word.size() >= kLeastLetters) words.push_back(word);
    word.clear();
  };
  for (const char c : text) {
    if (is_letter(lower(c))) {
      word += lower(c);
    } else {
      end_word();
    }
  }
  end_word();
  return words;
}

// Spreads `count` files over a source; no file gets more than is believable.
void spread(std::span<const Weighted> source, double count, std::map<FileId, double>& chances) {
  double sum = 0;
  for (const Weighted& one : source) sum += one.weight;
  if (sum <= 0) return;
  for (const Weighted& one : source) {
    double& chance = chances[one.file];
    chance = std::min(kMostChance, chance + count * one.weight / sum);
  }
}

}  // namespace

Files predict(std::span<const Weighted> epic, std::span<const Weighted> words) {
  Files files;
  std::map<FileId, double> chances;
  const double parts = (epic.empty() ? 0 : 1) + (words.empty() ? 0 : 1);
  if (parts > 0) {
    spread(epic, kExpected * kKnown / parts, chances);
    spread(words, kExpected * kKnown / parts, chances);
  }
  double known = 0;
  for (const auto& [file, chance] : chances) {
    files.named.push_back({file, static_cast<float>(chance)});
    known += chance;
  }
  files.unknown = static_cast<float>(std::max(0.0, kExpected - known));
  return files;
}

std::vector<std::string> telling_words(std::string_view text) {
  std::vector<std::string> words = words_of(text);
  std::erase_if(words, [](const std::string& word) {
    return std::find(kSilent.begin(), kSilent.end(), word) != kSilent.end();
  });
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

void WordIndex::add(FileId file, std::string_view path) {
  ++count_;
  std::vector<std::string> words = words_of(path);
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  for (std::string& word : words) files_[std::move(word)].push_back(file);
}

std::vector<FileId> WordIndex::find(std::span<const std::string> words) const {
  std::vector<FileId> found;
  for (const std::string& word : words) {
    const auto files = files_.find(word);
    if (files == files_.end()) continue;
    if (files->second.size() > kMany && files->second.size() * 4 > count_) continue;
    found.insert(found.end(), files->second.begin(), files->second.end());
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace masc::swarm
