// What the trails say now, quickly: a derived index in <masc>/cache/trails, mapped into memory.
//
// It belongs to one commit of the notes and one set of half-lives; for a later commit the notes
// that changed are read and taken in, for anything else it is made anew. It may be deleted at any
// time, and where it can't be written or fails its checksum, the trails are read all the same.
//
// Layout, numbers as the machine has them (the folder never leaves it): Head, Origin × clones,
// Place × places sorted by path, Sum × sums grouped by place, Note × notes by their sum, names of
// agents (length, bytes), the bytes of the notes, and those of the paths. The checksum covers all
// behind itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/policy.h"
#include "model/trail.h"
#include "store/workspace.h"

namespace masc::store {

// All of one agent's deposits of a kind at one path, decayed to now. Of an agent's record
// (model::is_record): path is a label, strength a plain sum.
struct TrailSum {
  std::string_view path;
  std::string_view agent;
  model::TrailKind kind{};
  double strength = 0;
  std::int64_t deposits = 0;
  Instant last{};
};

class TrailIndex {
 public:
  // Never fails for the cache's sake. kGit, kFormat: the notes themselves can't be read.
  static Result<TrailIndex> open(const Workspace& workspace, const model::Policy& policy,
                                 Instant now);
  TrailIndex(TrailIndex&&) noexcept;
  TrailIndex& operator=(TrailIndex&&) noexcept;
  ~TrailIndex();

  // Every sum at or below `path`, of all kinds but records, grouped by path in bytewise order.
  void visit(std::string_view path, const std::function<void(const TrailSum&)>& see) const;
  // The agents' records.
  void visit_records(const std::function<void(const TrailSum&)>& see) const;

  // What is read at `path`, of each kind that is there; no agent counts for more than
  // model::kMostOfOneAgent.
  std::vector<model::Trail> at(std::string_view path) const;
  // The same for each path at or below `path` that has deposits, the strongest first: at most
  // `most` of `count`.
  struct Below {
    std::vector<model::Trail> trails;
    std::size_t count = 0;
  };
  Below below(std::string_view path, std::size_t most) const;

 private:
  struct Data;
  explicit TrailIndex(std::unique_ptr<Data> data);
  std::unique_ptr<Data> data_;
};

}  // namespace masc::store
