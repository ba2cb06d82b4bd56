// What `list` and `ready` share: filters, order, paging.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cmd/records.h"
#include "cmd/verb.h"

namespace masc::cmd {

// A screen of a list, so that the line about the rest still fits the reply's limit.
inline constexpr std::size_t kMostRows = 19;

struct ListFilter {
  std::vector<std::string> labels;  // all of them
  bool mine = false;
  std::optional<int> limit;
  std::optional<std::string> start;  // begin with this task
};

struct ListReply {
  std::vector<TaskView> views;  // the page
  std::size_t count = 0;        // of all matches
  std::string next;             // the command that shows the rest; "" = none
  std::size_t remaining = 0;    // how many stand behind the page
};

std::vector<Param> filter_params(ListFilter& filter);
// `finished`: look into the archive as well. `command`: what gives this list again, but for the
// filter's options.
Result<ListReply> list_tasks(Context& context, const ListFilter& filter, std::string command,
                             bool finished, const std::function<bool(const TaskView&)>& wanted);
Rendered render_list(Context& context, const ListReply& reply);

}  // namespace masc::cmd
