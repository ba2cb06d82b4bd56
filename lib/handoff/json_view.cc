#include "handoff/json_view.h"

#include <rapidjson/document.h>
#include <rapidjson/writer.h>

#include "base/json.h"

namespace masc::handoff {
namespace {

using Value = rapidjson::Value;

const Value* of(const void* value) noexcept { return static_cast<const Value*>(value); }

// Values nested deeper than this are left out when they are written.
constexpr int kDepth = 32;

void write(const Value& value, std::size_t limit, int depth, JsonWriter& out) {
  if (value.IsNull() || depth > kDepth || out.str().size() > limit) {
    out.null();
  } else if (value.IsObject()) {
    out.begin_object();
    for (const auto& member : value.GetObject()) {
      if (out.str().size() > limit) break;
      out.key({member.name.GetString(), member.name.GetStringLength()});
      write(member.value, limit, depth + 1, out);
    }
    out.end_object();
  } else if (value.IsArray()) {
    out.begin_array();
    for (const auto& element : value.GetArray()) {
      if (out.str().size() > limit) break;
      write(element, limit, depth + 1, out);
    }
    out.end_array();
  } else if (value.IsString()) {
    out.value(std::string_view(value.GetString(), value.GetStringLength()).substr(0, limit));
  } else if (value.IsBool()) {
    out.value(value.GetBool());
  } else if (value.IsInt64()) {
    out.value(static_cast<std::int64_t>(value.GetInt64()));
  } else {
    out.value(value.GetDouble());
  }
}

}  // namespace

bool JsonView::is_object() const noexcept { return value_ != nullptr && of(value_)->IsObject(); }
bool JsonView::is_array() const noexcept { return value_ != nullptr && of(value_)->IsArray(); }
bool JsonView::is_string() const noexcept { return value_ != nullptr && of(value_)->IsString(); }

JsonView JsonView::operator[](std::string_view key) const noexcept {
  if (!is_object()) return {};
  for (const auto& member : of(value_)->GetObject()) {
    if (std::string_view(member.name.GetString(), member.name.GetStringLength()) == key) {
      return JsonView(&member.value);
    }
  }
  return {};
}

std::size_t JsonView::size() const noexcept {
  if (is_object()) return of(value_)->MemberCount();
  return is_array() ? of(value_)->Size() : 0;
}

JsonView JsonView::at(std::size_t index) const noexcept {
  if (index >= size()) return {};
  if (is_array()) return JsonView(&(*of(value_))[static_cast<rapidjson::SizeType>(index)]);
  return JsonView(&(of(value_)->MemberBegin() + static_cast<std::ptrdiff_t>(index))->value);
}

std::string_view JsonView::key(std::size_t index) const noexcept {
  if (!is_object() || index >= size()) return {};
  const auto& name = (of(value_)->MemberBegin() + static_cast<std::ptrdiff_t>(index))->name;
  return {name.GetString(), name.GetStringLength()};
}

std::string_view JsonView::str() const noexcept {
  if (!is_string()) return {};
  return {of(value_)->GetString(), of(value_)->GetStringLength()};
}

std::optional<std::int64_t> JsonView::integer() const noexcept {
  if (value_ == nullptr || !of(value_)->IsInt64()) return std::nullopt;
  return of(value_)->GetInt64();
}

std::optional<bool> JsonView::boolean() const noexcept {
  if (value_ == nullptr || !of(value_)->IsBool()) return std::nullopt;
  return of(value_)->GetBool();
}

std::string JsonView::dump(std::size_t limit) const {
  if (value_ == nullptr) return {};
  JsonWriter out;
  write(*of(value_), limit, 0, out);
  return out.take();
}

struct JsonText::State {
  std::string text;
  rapidjson::Document document;
  bool good = false;
};

JsonText::JsonText() : state_(std::make_unique<State>()) {}
JsonText::~JsonText() = default;

bool JsonText::parse(std::string text) {
  // A fresh document a record: its allocator keeps no more than that record needs.
  state_->document = rapidjson::Document();
  state_->text = std::move(text);
  state_->good = false;
  // The parser takes a NUL for the end of the text.
  if (state_->text.find('\0') != std::string::npos) return false;
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                              rapidjson::kParseStopWhenDoneFlag;
  state_->document.ParseInsitu<kFlags>(state_->text.data());
  state_->good = !state_->document.HasParseError();
  return state_->good;
}

JsonView JsonText::root() const noexcept {
  return state_->good ? JsonView(&state_->document) : JsonView();
}

}  // namespace masc::handoff
