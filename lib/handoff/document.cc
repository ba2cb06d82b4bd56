#include "handoff/document.h"

namespace masc::handoff {

void DocumentSplitter::end_string() {
  in_string_ = false;
  key_string_ = false;
}

void DocumentSplitter::step(char c) {
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      end_string();
      return;
    }
    if (key_string_ && key_.size() < 64) key_ += c;
    return;
  }
  switch (c) {
    case '"':
      in_string_ = true;
      if (depth_ == 1 && !after_colon_) {
        key_string_ = true;
        key_.clear();
      }
      break;
    case ':':
      if (depth_ == 1) after_colon_ = true;
      break;
    case ',':
      if (depth_ == 1) after_colon_ = false;
      break;
    case '{':
    case '[':
      ++depth_;
      begun_ = true;
      if (depth_ == 2 && c == '[') {
        in_list_ = true;
        list_ = key_;
      }
      break;
    case '}':
    case ']':
      if (depth_ > 0) --depth_;
      if (depth_ == 1) in_list_ = false;
      break;
    default: break;
  }
}

void DocumentSplitter::feed(std::string_view piece) {
  for (const char c : piece) {
    const bool was_in_list = in_list_;
    const int was = depth_;
    const bool was_string = in_string_;
    step(c);
    if (!was_in_list) continue;
    // Objects only: neither client keeps anything else in its lists.
    if (!in_element_ && !was_string && was == 2 && c == '{') {
      in_element_ = true;
      too_long_ = false;
      element_.clear();
    }
    if (!in_element_) continue;
    if (element_.size() < limit_) {
      element_ += c;
    } else {
      too_long_ = true;
    }
    if (depth_ == 2 && was == 3 && !in_string_) {
      in_element_ = false;
      if (too_long_) {
        ++skipped_;
        element_ = {};
      } else {
        out_(list_, std::move(element_));
        element_ = {};
      }
    }
  }
}

std::vector<std::string> top_keys(std::string_view beginning) {
  std::vector<std::string> keys;
  int depth = 0;
  bool in_string = false, escaped = false, value = false;
  std::string text;
  for (const char c : beginning) {
    if (in_string) {
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else if (c == '"') {
        in_string = false;
        if (depth == 1 && !value && keys.size() < 64) keys.push_back(text);
        continue;
      }
      if (depth == 1 && text.size() < 64) text += c;
      continue;
    }
    if (c == '"') {
      in_string = true;
      text.clear();
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (depth == 1 && (c == ':' || c == ',')) {
      value = c == ':';
    }
  }
  return keys;
}

}  // namespace masc::handoff
