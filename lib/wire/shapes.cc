#include "wire/shapes.h"

namespace masc::wire {
namespace {

constexpr Shape shape(Kind kind, std::uint32_t weight, std::string_view text) {
  Shape made{.kind = kind, .weight = weight, .parts = {}};
  std::size_t part = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    made.parts[part++] = {text.substr(begin, i - begin), static_cast<Field>(text[i + 1])};
    begin = ++i + 1;
  }
  made.parts[part] = {text.substr(begin), Field::kEnd};
  std::uint8_t next = 0;
  for (const Column column : kColumns) {
    for (std::size_t i = 0; i < part; ++i)
      if (made.parts[i].column == column) made.order[next++] = static_cast<std::uint8_t>(i);
    made.begin[static_cast<std::size_t>(column) + 1] = next;
  }
  return made;
}

using enum Kind;
// Sorted by kind. Per kind: what an MCP-style server pushes, then what masc itself says, then any
// fields.
constexpr Shape kShapes[] = {
    shape(kTaskCreated, 38,
          R"({"seq":%q,"ts":%t,"agent":%a,"task":%k,"title":%s,"priority":%g,"type":%T}})"),
    shape(kTaskCreated, 24, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kTaskCreated, 2, R"(%j})"),
    shape(kTaskEdited, 62, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kTaskEdited, 2, R"(%j})"),
    shape(kTaskClaimed, 38, R"({"seq":%q,"ts":%t,"agent":%a,"task":%k,"title":%s,"priority":%g}})"),
    shape(kTaskClaimed, 24, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kTaskClaimed, 2, R"(%j})"),
    shape(kTaskRenewed, 62, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kTaskRenewed, 2, R"(%j})"),
    shape(kTaskReleased, 38, R"({"seq":%q,"ts":%t,"agent":%a,"task":%k,"reason":%n}})"),
    shape(kTaskReleased, 24, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kTaskReleased, 2, R"(%j})"),
    shape(kTaskHandedOff, 62, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kTaskHandedOff, 2, R"(%j})"),
    shape(kTaskDone, 38, R"({"seq":%q,"ts":%t,"agent":%a,"task":%k,"title":%s,"notes":%n}})"),
    shape(kTaskDone, 24, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kTaskDone, 2, R"(%j})"),
    shape(kTaskCancelled, 62, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kTaskCancelled, 2, R"(%j})"),
    shape(kTaskReopened, 62, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kTaskReopened, 2, R"(%j})"),
    shape(kTaskLanded, 62, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kTaskLanded, 2, R"(%j})"),
    shape(kNote, 62, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kNote, 2, R"(%j})"),
    shape(kLock, 38, R"({"seq":%q,"ts":%t,"agent":%a,"path":%p,"ttl_s":%l}})"),
    shape(kLock, 24, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kLock, 2, R"(%j})"),
    shape(kUnlock, 38, R"({"seq":%q,"ts":%t,"agent":%a,"path":%p}})"),
    shape(kUnlock, 24, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kUnlock, 2, R"(%j})"),
    shape(kAgentJoin, 38,
          R"({"seq":%q,"ts":%t,"agent":%a,"agent_type":%L,"session_id":%u,"capabilities":%W}})"),
    shape(kAgentJoin, 24, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kAgentJoin, 2, R"(%j})"),
    shape(kAgentLeave, 38, R"({"seq":%q,"ts":%t,"agent":%a}})"),
    shape(kAgentLeave, 24, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kAgentLeave, 2, R"(%j})"),
    shape(kHeartbeat, 38,
          R"({"seq":%q,"ts":%t,"agent":%a,"status":%S,"task":%k,"context_pct":%d}})"),
    shape(kHeartbeat, 12, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kHeartbeat, 12,
          R"({"seq":%q,"ts":%t,"agent":%a,"status":%S,"task":null,"context_pct":%d}})"),
    shape(kHeartbeat, 2, R"(%j})"),
    shape(kBroadcast, 38, R"({"seq":%q,"ts":%t,"from":%a,"content":%c,"mention":%A}})"),
    shape(kBroadcast, 24,
          R"({"at":%t,"id":%v,"from":%a,"to":%a,"body":%c,"task":%K,"portal":%K}})"),
    shape(kBroadcast, 2, R"(%j})"),
    shape(kMessage, 38,
          R"({"seq":%q,"ts":%t,"from":%a,"to":%a,"role":%O,"parts":[{"kind":"text","text":%c}]}})"),
    shape(kMessage, 24, R"({"at":%t,"id":%v,"from":%a,"to":%a,"body":%c,"task":%K,"portal":%K}})"),
    shape(kMessage, 2, R"(%j})"),
    shape(kPortal, 38, R"({"seq":%q,"ts":%t,"from":%a,"to":%a,"content":%c}})"),
    shape(kPortal, 24, R"({"at":%t,"id":%v,"from":%a,"to":%a,"state":%P,"body":%c,"task":%K}})"),
    shape(kPortal, 2, R"(%j})"),
    shape(kVoteCreated, 38,
          R"({"seq":%q,"ts":%t,"id":%v,"proposer":%a,"topic":%s,"options":%V,"required":%g}})"),
    shape(kVoteCreated, 24, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kVoteCreated, 2, R"(%j})"),
    shape(kVoteCast, 38, R"({"seq":%q,"ts":%t,"id":%v,"agent":%a,"choice":%C,"reason":%n}})"),
    shape(kVoteCast, 24, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kVoteCast, 2, R"(%j})"),
    shape(kVoteClosed, 62, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kVoteClosed, 2, R"(%j})"),
    shape(kPheromone, 38,
          R"({"seq":%q,"ts":%t,"agent":%a,"path":%p,"trail":%R,"strength":%d,"half_life_s":%l}})"),
    shape(kPheromone, 24, R"({"at":%t,"agent":%a,"task":%K,"generation":%g,"text":%n}})"),
    shape(kPheromone, 2, R"(%j})"),
    shape(
        kCall, 6,
        R"(%i,"method":"tools/call","params":{"name":"masc_heartbeat","arguments":{"agent_name":%a}}})"),
    shape(
        kCall, 8,
        R"(%i,"method":"tools/call","params":{"name":"masc_broadcast","arguments":{"agent_name":%a,"message":%c}}})"),
    shape(
        kCall, 8,
        R"(%i,"method":"tools/call","params":{"name":"masc_claim","arguments":{"agent_name":%a,"task_id":%k}}})"),
    shape(
        kCall, 6,
        R"(%i,"method":"tools/call","params":{"name":"masc_portal_send","arguments":{"agent_name":%a,"message":%c}}})"),
    shape(
        kCall, 6,
        R"(%i,"method":"tools/call","params":{"name":"masc_done","arguments":{"agent_name":%a,"task_id":%k,"notes":%n}}})"),
    shape(
        kCall, 6,
        R"(%i,"method":"tools/call","params":{"name":"masc_add_task","arguments":{"title":%s,"priority":%g}}})"),
    shape(
        kCall, 6,
        R"(%i,"method":"tools/call","params":{"name":"masc_lock","arguments":{"agent_name":%a,"file_path":%p}}})"),
    shape(
        kCall, 4,
        R"(%i,"method":"tools/call","params":{"name":"masc_unlock","arguments":{"agent_name":%a,"file_path":%p}}})"),
    shape(kCall, 14, R"(%i,"method":"tools/call","params":{"name":%w,"arguments":%j}})"),
    shape(kResult, 50, R"(%i,"result":{"content":[{"type":"text","text":%r}],"isError":%b}})"),
    shape(kResult, 8, R"(%i,"result":{"content":[{"type":"text","text":%r}]}})"),
    shape(kResult, 6, R"(%i,"result":%j})"),
    shape(kNotification, 64, R"(%w,"params":%j})"),
    shape(kRequest, 32, R"("id":%i,"method":%w,"params":%j})"),
    shape(kRequest, 16, R"("method":%w,"params":%j})"),
    shape(kRequest, 8, R"("id":%i,"error":%j})"),
    shape(kRequest, 8, R"("id":%i,"method":%w})"),
};

constexpr std::string_view kNames[kKinds] = {
    "opaque",         "task_created",  "task_edited",     "task_claimed",
    "task_renewed",   "task_released", "task_handed_off", "task_done",
    "task_cancelled", "task_reopened", "task_landed",     "note",
    "lock",           "unlock",        "agent_join",      "agent_leave",
    "heartbeat",      "broadcast",     "message",         "portal",
    "vote_created",   "vote_cast",     "vote_closed",     "pheromone",
    "call",           "result",        "notification",    "request"};

struct Range {
  std::uint8_t begin = 0, end = 0;
};
constexpr std::array<Range, kKinds> make_ranges() {
  std::array<Range, kKinds> ranges{};
  for (std::size_t i = 0; i < std::size(kShapes); ++i) {
    Range& range = ranges[static_cast<std::size_t>(kShapes[i].kind)];
    if (range.end == 0) range.begin = static_cast<std::uint8_t>(i);
    range.end = static_cast<std::uint8_t>(i + 1);
  }
  return ranges;
}
constexpr std::array<Range, kKinds> kRanges = make_ranges();

constexpr bool weights_are_whole() {
  for (std::size_t kind = 1; kind < kKinds; ++kind) {
    std::uint32_t sum = 0;
    for (std::size_t i = kRanges[kind].begin; i < kRanges[kind].end; ++i) {
      if (kShapes[i].kind != static_cast<Kind>(kind)) return false;
      sum += kShapes[i].weight;
    }
    if (sum != 64) return false;
  }
  return true;
}
static_assert(weights_are_whole());

constexpr std::string_view kEvent = R"({"jsonrpc":"2.0","method":"notifications/masc/)";

}  // namespace

std::string_view kind_name(Kind kind) noexcept {
  return kind == kBatch ? "batch" : kNames[static_cast<std::size_t>(kind)];
}

KindHead head_of(Kind kind) noexcept {
  if (kind == kCall || kind == kResult) return {R"({"jsonrpc":"2.0","id":)", "", ""};
  if (kind == kNotification) return {R"({"jsonrpc":"2.0","method":)", "", ""};
  if (kind == kRequest) return {R"({"jsonrpc":"2.0",)", "", ""};
  return {kEvent, kNames[static_cast<std::size_t>(kind)], R"(","params":)"};
}

std::span<const Shape> shapes_of(Kind kind) noexcept {
  const Range range = kRanges[static_cast<std::size_t>(kind)];
  return std::span(kShapes).subspan(range.begin, range.end - range.begin);
}

Kind kind_of_event(std::string_view name) noexcept {
  for (std::size_t kind = 1; kind < static_cast<std::size_t>(kCall); ++kind)
    if (kNames[kind] == name) return static_cast<Kind>(kind);
  return kNotification;
}

}  // namespace masc::wire
