// Take-backs: lines that others landed since a work began, and that its landing would undo.
//
// Pure: it is given what the base has become since then, and what the landing would make of the
// base, both as line diffs. A line counts as taken back where it goes without a successor, or where
// the text comes back that it had replaced or that had been deleted. Whoever moves or reformats a
// line keeps it, and whoever changes it into something similar has seen it; unless that is more
// like the text before it and has nothing of what was new in the line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace masc::model {

// A place where two versions of a file differ; lines count from 1.
struct Hunk {
  std::size_t old_line = 0;  // of the first removed line; where none is, the line before
  std::vector<std::string> removed;
  std::size_t new_line = 0;  // the same for the added ones
  std::vector<std::string> added;
};

struct FilePatch {
  std::string old_path;  // "" = it did not exist
  std::string new_path;  // "" = it is deleted
  std::string old_id;    // object ids
  std::string new_id;
  bool binary = false;
  std::vector<Hunk> hunks;
};

struct TakenBack {
  std::string path;
  std::size_t line = 0;  // on the base; of a deletion that is undone: the line before. 0: all of it
  std::string text;      // what goes, or comes back
  bool returns = false;  // it had been deleted, and comes back
  bool operator==(const TakenBack&) const = default;
};

// `since`: from where the work began to the base's tip, with renames found. `landing`: from that
// tip to what it would become, without renames. In the order of the landing.
std::vector<TakenBack> find_takebacks(const std::vector<FilePatch>& since,
                                      const std::vector<FilePatch>& landing);

// Whether a commit message says that something is taken back: that it reverts, undoes or backs out,
// or removes a file by its name, or names one of `origins` (commit ids, task ids).
bool says_so(std::string_view message, std::string_view path,
             const std::vector<std::string>& origins);

}  // namespace masc::model
