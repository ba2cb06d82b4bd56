#include "model/takeback.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"

namespace masc::model {
namespace {

constexpr std::size_t kLongText = 6;  // squeezed: found inside of others
constexpr std::size_t kComparedWords = 64;
constexpr double kSimilar = 0.5;
constexpr std::size_t kShortestId = 7;
constexpr std::size_t kMostPairs = 250'000;              // of lines compared in one place
constexpr std::size_t kMostText = std::size_t{1} << 18;  // searched for lines that were broken up

// Without white space, so that a reformat changes nothing.
std::string squeeze(std::string_view line) {
  std::string text;
  for (const char c : line) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) text += c;
  }
  return text;
}

// Brackets and blank lines are nobody's.
bool says_something(std::string_view squeezed) {
  return std::any_of(squeezed.begin(), squeezed.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

using Words = std::vector<std::string>;

Words words_of(std::string_view line) {
  Words words;
  bool inside = false;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    const bool word = std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
    if (word && !inside) {
      if (words.size() == kComparedWords) break;
      words.emplace_back();
    }
    if (word) words.back() += c;
    inside = word;
  }
  std::sort(words.begin(), words.end());
  return words;
}

// Dice's coefficient over the words of two lines: 1 for the same ones.
double similarity(const Words& left, const Words& right) {
  if (left.empty() || right.empty()) return 0;
  std::size_t both = 0;
  for (std::size_t i = 0, j = 0; i < left.size() && j < right.size();) {
    const int order = left[i].compare(right[j]);
    both += order == 0 ? 1 : 0;
    i += order <= 0 ? 1 : 0;
    j += order >= 0 ? 1 : 0;
  }
  return 2.0 * static_cast<double>(both) / static_cast<double>(left.size() + right.size());
}

// Whether `line` is what became of `before` and not of `landed`, which had replaced it: it is more
// like that, and has nothing of what was new in `landed`.
bool descends_from(const Words& before, const Words& landed, const Words& line) {
  Words fresh;
  std::set_difference(landed.begin(), landed.end(), before.begin(), before.end(),
                      std::back_inserter(fresh));
  const bool survives = std::any_of(fresh.begin(), fresh.end(), [&](const std::string& word) {
    return std::binary_search(line.begin(), line.end(), word);
  });
  return !fresh.empty() && !survives && similarity(before, line) > similarity(landed, line);
}

using Counts = std::map<std::string, int>;

// One of `text` taken out of `counts`, if there is one.
bool take_one(Counts& counts, const std::string& text) {
  const auto found = counts.find(text);
  if (found == counts.end() || found->second == 0) return false;
  --found->second;
  return true;
}

std::string path_on_base(const FilePatch& patch) {
  return patch.old_path.empty() ? patch.new_path : patch.old_path;
}

// A change of the base since the work began, in the lines of its tip.
struct Landed {
  std::size_t first = 0;         // of the lines that it brought
  std::vector<bool> fresh;       // whether each says something that was nowhere before
  std::set<std::string> before;  // squeezed: what stood there, and is nowhere now
  std::vector<Words> before_words;
  bool only_deletes = false;
};

struct LandedFile {
  std::vector<Landed> changes;
  const FilePatch* patch = nullptr;
};

class Search {
 public:
  Search(const std::vector<FilePatch>& since, const std::vector<FilePatch>& landing)
      : landing_(landing) {
    gather(since);
    for (const FilePatch& patch : landing) {
      for (const Hunk& hunk : patch.hunks) {
        for (const std::string& line : hunk.added) {
          ++added_[squeeze(line)];
          if (text_.size() < kMostText) text_ += squeeze(line);
        }
        text_ += '\n';
      }
    }
  }

  std::vector<TakenBack> run() {
    for (const FilePatch& patch : landing_) {
      const auto file = files_.find(path_on_base(patch));
      if (file == files_.end()) continue;
      if (patch.binary || file->second.patch->binary) {
        look_at_whole(patch, *file->second.patch);
        continue;
      }
      for (const Hunk& hunk : patch.hunks) look_at(path_on_base(patch), hunk, file->second);
    }
    return std::move(found_);
  }

 private:
  void gather(const std::vector<FilePatch>& since) {
    Counts removed;
    Counts added;
    for (const FilePatch& patch : since) {
      for (const Hunk& hunk : patch.hunks) {
        for (const std::string& line : hunk.removed) ++removed[squeeze(line)];
        for (const std::string& line : hunk.added) ++added[squeeze(line)];
      }
    }
    for (const FilePatch& patch : since) {
      const std::string path = patch.new_path.empty() ? patch.old_path : patch.new_path;
      LandedFile& file = files_[path];
      file.patch = &patch;
      for (const Hunk& hunk : patch.hunks) {
        Landed landed;
        landed.first = hunk.new_line;
        landed.only_deletes = hunk.added.empty();
        for (const std::string& line : hunk.added) {
          const std::string text = squeeze(line);
          landed.fresh.push_back(says_something(text) && !take_one(removed, text));
        }
        for (const std::string& line : hunk.removed) {
          const std::string text = squeeze(line);
          if (!says_something(text) || take_one(added, text)) continue;
          landed.before.insert(text);
          landed.before_words.push_back(words_of(line));
        }
        file.changes.push_back(std::move(landed));
      }
    }
  }

  void look_at_whole(const FilePatch& patch, const FilePatch& since) {
    const bool back = !patch.new_id.empty() && patch.new_id == since.old_id;
    if (back) found_.push_back({path_on_base(patch), 0, "(the whole file)", false});
  }

  // A line that the landing has in another place, or broken up, is kept.
  bool is_kept(const std::string& text) {
    if (take_one(added_, text)) return true;
    return text.size() >= kLongText && text_.find(text) != std::string::npos;
  }

  // The new lines of a hunk that continue one of its old ones, best pairs first.
  std::vector<bool> continued(const Hunk& hunk, const std::vector<const Landed*>& near,
                              const std::vector<bool>& returned) {
    struct Pair {
      double weight;
      std::size_t old_line, new_line;
    };
    std::vector<Pair> pairs;
    if (hunk.removed.size() * hunk.added.size() <= kMostPairs) {
      std::vector<Words> fresh;
      fresh.reserve(hunk.added.size());
      for (const std::string& line : hunk.added) fresh.push_back(words_of(line));
      for (std::size_t i = 0; i < hunk.removed.size(); ++i) {
        const Words old = words_of(hunk.removed[i]);
        for (std::size_t j = 0; j < hunk.added.size(); ++j) {
          const bool passed_over = std::any_of(near.begin(), near.end(), [&](const Landed* landed) {
            return std::any_of(
                landed->before_words.begin(), landed->before_words.end(),
                [&](const Words& before) { return descends_from(before, old, fresh[j]); });
          });
          const double weight = returned[j] || passed_over ? 0 : similarity(old, fresh[j]);
          if (weight >= kSimilar) pairs.push_back({weight, i, j});
        }
      }
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair& a, const Pair& b) { return a.weight > b.weight; });
    std::vector<bool> has(hunk.removed.size());
    std::vector<bool> used(hunk.added.size());
    for (const Pair& pair : pairs) {
      if (has[pair.old_line] || used[pair.new_line]) continue;
      has[pair.old_line] = used[pair.new_line] = true;
    }
    return has;
  }

  void look_at(const std::string& path, const Hunk& hunk, const LandedFile& file) {
    const std::size_t begin = hunk.old_line + (hunk.removed.empty() ? 1 : 0);
    const std::size_t end = begin + hunk.removed.size();
    std::vector<const Landed*> near;
    for (const Landed& landed : file.changes) {
      const std::size_t first = landed.first + (landed.fresh.empty() ? 1 : 0);
      const std::size_t last = first + landed.fresh.size();
      if (first <= end && begin <= last) near.push_back(&landed);
    }
    if (near.empty()) return;
    // What comes back here of what had stood here.
    std::vector<bool> returned(hunk.added.size());
    for (std::size_t j = 0; j < hunk.added.size(); ++j) {
      const std::string text = squeeze(hunk.added[j]);
      returned[j] = std::any_of(near.begin(), near.end(), [&](const Landed* landed) {
        return landed->before.contains(text);
      });
    }
    take_removed(path, hunk, near, returned);
    for (std::size_t j = 0; j < hunk.added.size(); ++j) {
      const std::string text = squeeze(hunk.added[j]);
      const bool deleted = returned[j] && std::any_of(near.begin(), near.end(), [&](auto* landed) {
                             return landed->only_deletes && landed->before.contains(text);
                           });
      if (deleted) found_.push_back({path, hunk.old_line, hunk.added[j], true});
    }
  }

  void take_removed(const std::string& path, const Hunk& hunk,
                    const std::vector<const Landed*>& near, const std::vector<bool>& returned) {
    const std::vector<bool> lives_on = continued(hunk, near, returned);
    for (std::size_t i = 0; i < hunk.removed.size(); ++i) {
      const std::size_t line = hunk.old_line + i;
      const bool landed = std::any_of(near.begin(), near.end(), [&](const Landed* change) {
        return line >= change->first && line - change->first < change->fresh.size() &&
               change->fresh[line - change->first];
      });
      if (!landed || lives_on[i] || is_kept(squeeze(hunk.removed[i]))) continue;
      found_.push_back({path, line, hunk.removed[i], false});
    }
  }

  const std::vector<FilePatch>& landing_;
  std::map<std::string, LandedFile> files_;
  Counts added_;      // by the landing, squeezed
  std::string text_;  // all of that, a hunk without breaks
  std::vector<TakenBack> found_;
};

std::string lowered(std::string_view text) {
  std::string low(text);
  for (char& c : low) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return low;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != text.npos; });
}

}  // namespace

std::vector<TakenBack> find_takebacks(const std::vector<FilePatch>& since,
                                      const std::vector<FilePatch>& landing) {
  return Search(since, landing).run();
}

bool says_so(std::string_view message, std::string_view path,
             const std::vector<std::string>& origins) {
  const std::string text = lowered(message);
  if (has_any(text, {"revert", "roll back", "rollback", "rolls back", "undo", "back out",
                     "backs out", "backout", "take back", "takes back", "take-back", "takeback"}))
    return true;
  const std::size_t slash = path.rfind('/');
  const std::string name = lowered(slash == path.npos ? path : path.substr(slash + 1));
  if (has_any(text, {"remove", "delete", "drop"}) && text.find(name) != text.npos) return true;
  return std::any_of(origins.begin(), origins.end(), [&](const std::string& origin) {
    const bool id = origin.starts_with("m-");
    return !origin.empty() && text.find(id ? origin : origin.substr(0, kShortestId)) != text.npos;
  });
}

}  // namespace masc::model
