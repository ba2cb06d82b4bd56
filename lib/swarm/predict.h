// The files that a task will probably touch. Pure.
//
// A task's own `paths` say it, literal ones for certain. Without them, in this order:
//
//   epic      the files that the tasks of the same parent declared or touched, each in proportion
//             to how many of them did
//   words     files below a folder, or of a name, that a word of the title or a label names
//             ("auth: fix login" → src/auth/login.cc), in proportion to their heat
//   heat      what is left is spread over all files in proportion to where work happens: trails and
//             declared paths
//
// kExpected files are spread so, kKnown of them over what the first two found.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "swarm/choose.h"

namespace masc::swarm {

// A file with its weight in one source.
struct Weighted {
  FileId file = 0;
  double weight = 0;
};

// `epic`, `words`: what these sources found, in any order, each file once a source.
Files predict(std::span<const Weighted> epic, std::span<const Weighted> words);

// The words of a title or label that can name a file or folder: letters and digits, three at least,
// in lower case, without those that say nothing ("fix", "the", …).
std::vector<std::string> telling_words(std::string_view text);

// Which files have a word in their name or in a folder's on the way ("auth" of
// "src/auth_token.cc").
class WordIndex {
 public:
  void add(FileId file, std::string_view path);
  // The files that one of `words` names, ascending; a word that names more than a quarter of many
  // files tells nothing.
  std::vector<FileId> find(std::span<const std::string> words) const;

 private:
  std::unordered_map<std::string, std::vector<FileId>> files_;
  std::size_t count_ = 0;
};

}  // namespace masc::swarm
