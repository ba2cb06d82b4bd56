// Learns a model from messages. Deterministic: the same messages in the same order give the same
// bytes.
//
// 1. Candidates: every run of up to four words or marks, and the parts of frequent words.
// 2. A unigram model over them is pruned to the wanted size, the least missed first (Kudo 2018).
// 3. Entries are put into classes twice, by what follows them (rows) and by what they follow, so
// that the chance of a
//    class behind a row tells most about the next entry (exchange algorithm: Kneser and Ney 1993).
// 4. All is parsed again under the result, twice, and counted.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/model.h"

namespace masc::wire {

struct TrainOptions {
  std::size_t tokens = 24000;
  std::uint32_t classes = 200;
  std::uint32_t rows = 400;
  std::vector<std::string> keep = {};                // entries that are never pruned
  std::size_t sample_bytes = std::size_t{40} << 20;  // texts beyond this are left out
  // Told how many steps of how many are done.
  std::function<void(std::size_t, std::size_t)> step = [](std::size_t, std::size_t) {};
};

class Trainer {
 public:
  // Takes the free texts out of a message.
  void add(std::string_view message);
  std::size_t bytes() const { return text_.size(); }
  // kInvalid where there is too little text.
  Result<std::string> train(const TrainOptions& options) const;

 private:
  friend class Vocabulary;
  struct Piece {
    std::size_t at, size;
    Start start;
    bool first;  // of its message
  };
  std::string_view text(const Piece& piece) const {
    return std::string_view(text_).substr(piece.at, piece.size);
  }
  void add_text(std::string_view text, Start start);

  std::string text_;
  std::vector<Piece> pieces_;
  bool first_ = true;
};

// Step 1 and 2: entries, most used first, every single byte among them. Tells how often it has
// pruned: seven times as many candidates as are wanted by three tenths, seven times or less.
std::vector<std::string> learn_vocabulary(const std::vector<std::string_view>& texts,
                                          std::size_t size, const std::vector<std::string>& keep,
                                          const std::function<void(std::size_t)>& pruned);

// Step 3. `pairs`: (before, after, count), both below `count`; contexts before that are no entry
// are `count` and above and keep rows of their own. Entries from `fixed` on are alone in their
// class.
struct Pair {
  std::uint32_t before, after;
  std::uint64_t count;
};
struct Classes {
  std::vector<std::uint32_t> row, cls;  // by entry
};
Classes learn_classes(const std::vector<Pair>& pairs, std::uint32_t count, std::uint32_t contexts,
                      std::uint32_t fixed, std::uint32_t rows, std::uint32_t classes);

}  // namespace masc::wire
