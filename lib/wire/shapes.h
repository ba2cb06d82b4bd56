// What messages look like: JSON texts with fixed parts and typed fields.
//
// A shape is written as a template in which %x stands for a field: see Field. The text that a frame
// stands for is the template with its fields filled in, to the byte, so that a message fits a shape
// exactly or not at all.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "wire/model.h"

namespace masc::wire {

// The letter of a field in a template.
enum class Field : char {
  kEnd = 0,         // what stands behind the last field
  kTime = 't',      // "2026-03-01T14:05:00Z" or with milliseconds, in quotes
  kSequence = 'q',  // a number that grows from message to message
  kCall = 'i',      // the same, of another series
  kSmall = 'g',     // a small number: priority, generation, how many
  kSeconds = 'l',   // a length of time
  kDecimal = 'd',   // 0.56
  kUuid = 'u',      // in quotes
  kAgent = 'a',     // texts, in quotes
  kAgentOrNull = 'A',
  kTask = 'k',
  kTaskOrNull = 'K',
  kTitle = 's',
  kProse = 'c',
  kNote = 'n',
  kPath = 'p',
  kResult = 'r',
  kId = 'v',
  kWord = 'w',
  kStatus = 'S',  // words of which some are usual
  kType = 'T',
  kChoice = 'C',
  kTrail = 'R',
  kClient = 'L',
  kRole = 'O',
  kState = 'P',
  kSkills = 'W',  // a list of texts
  kOptions = 'V',
  kPaths = 'F',
  kBoolean = 'b',
  kJson = 'j',  // any JSON value without needless spaces
};

// The lowest 5 bits of byte 0. Never renumbered.
enum class Kind : std::uint8_t {
  kOpaque = 0,  // any bytes
  kTaskCreated,
  kTaskEdited,
  kTaskClaimed,
  kTaskRenewed,
  kTaskReleased,
  kTaskHandedOff,
  kTaskDone,
  kTaskCancelled,
  kTaskReopened,
  kTaskLanded,
  kNote,
  kLock,
  kUnlock,
  kAgentJoin,
  kAgentLeave,
  kHeartbeat,
  kBroadcast,
  kMessage,
  kPortal,
  kVoteCreated,
  kVoteCast,
  kVoteClosed,
  kPheromone,
  kCall,
  kResult,
  kNotification,  // any other notification of masc
  kRequest,       // any other JSON-RPC
  kBatch = 31,
};
inline constexpr std::size_t kKinds = 28;
static_assert(kKinds <= static_cast<std::size_t>(Kind::kBatch));
std::string_view kind_name(Kind kind) noexcept;  // "task_created", …, "call", "result", "opaque"

// In which order fields are coded: all of the first column, of one message after the other, then
// all of the next. Names come first, since texts repeat them; times last, since their bits are the
// best that a coding can end with.
enum class Column : std::uint8_t { kNames, kTexts, kNumbers, kTimes };
inline constexpr Column kColumns[] = {Column::kNames, Column::kTexts, Column::kNumbers,
                                      Column::kTimes};

constexpr Column column_of(Field field) noexcept {
  switch (field) {
    case Field::kTime: return Column::kTimes;
    case Field::kSequence:
    case Field::kCall:
    case Field::kSmall:
    case Field::kSeconds:
    case Field::kDecimal:
    case Field::kUuid:
    case Field::kBoolean: return Column::kNumbers;
    case Field::kTitle:
    case Field::kProse:
    case Field::kNote:
    case Field::kResult:
    case Field::kJson: return Column::kTexts;
    default: return Column::kNames;
  }
}
constexpr bool is_quantity(Column column) noexcept { return column >= Column::kNumbers; }
constexpr bool is_list(Field field) noexcept {
  return field == Field::kSkills || field == Field::kOptions || field == Field::kPaths;
}

struct Part {
  std::string_view before;  // literal
  Field field;
  Column column = column_of(field);
};
inline constexpr std::size_t kMostParts = 12;

struct Shape {
  Kind kind;
  std::uint32_t weight;  // of 64 among the shapes of its kind
  std::array<Part, kMostParts> parts;
  // The parts with fields by column: their places in `parts`, and where each column begins.
  std::array<std::uint8_t, kMostParts> order{};
  std::array<std::uint8_t, std::size(kColumns) + 1> begin{};

  std::span<const std::uint8_t> in(Column column) const {
    const auto at = static_cast<std::size_t>(column);
    return std::span(order).subspan(begin[at], begin[at + 1] - begin[at]);
  }
  std::size_t fields() const { return begin.back(); }
};

// What all texts of a kind begin with, up to the shape; "" where there is nothing in common.
struct KindHead {
  std::string_view before, name, behind;
};
KindHead head_of(Kind kind) noexcept;
// The shapes of a kind; their weights sum up to 64.
std::span<const Shape> shapes_of(Kind kind) noexcept;
// The kind of an event, by its name; kNotification for others.
Kind kind_of_event(std::string_view name) noexcept;

}  // namespace masc::wire
