// The two parsers behind document.h. What they throw ends here.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <istream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <streambuf>

#include "base/text.h"
#include "model/document.h"

namespace masc::model {
namespace {

constexpr std::size_t kDeepest = 32;

// Puts the nodes together that a parser tells of one by one. An error stops it.
class Builder {
 public:
  // False: stop, see error().
  bool scalar(Mark mark, std::string text, bool quoted) {
    Node node;
    node.kind = Node::Kind::kScalar;
    node.mark = mark;
    node.text = std::move(text);
    node.quoted = quoted;
    return place(std::move(node));
  }
  bool null(Mark mark) {
    Node node;
    node.mark = mark;
    return place(std::move(node));
  }
  bool begin(Mark mark, Node::Kind kind) {
    if (expects_key()) return stop(mark, "a key must be a text");
    if (open_.size() == kDeepest) return stop(mark, "too many levels");
    Node node;
    node.kind = kind;
    node.mark = mark;
    open_.push_back(std::move(node));
    return true;
  }
  bool end() {
    Node node = std::move(open_.back());
    open_.pop_back();
    return place(std::move(node));
  }
  bool stop(Mark mark, std::string_view why) {
    if (!error_) error_ = error_at(mark, why);
    return false;
  }

  bool expects_key() const {
    return !open_.empty() && open_.back().kind == Node::Kind::kMap &&
           open_.back().keys.size() == open_.back().items.size();
  }
  Result<Node> take() {
    if (error_) return fail(std::move(*error_));
    return std::move(root_);
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  bool place(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return true;
    }
    Node& parent = open_.back();
    if (!expects_key()) {
      parent.items.push_back(std::move(node));
      return true;
    }
    if (!node.is_scalar()) return stop(node.mark, "a key must be a text");
    const auto& keys = parent.keys;
    if (std::find(keys.begin(), keys.end(), node.text) != keys.end())
      return stop(node.mark, fmt::format("'{}' is there twice", printable(node.text)));
    parent.keys.push_back(std::move(node.text));
    parent.key_marks.push_back(node.mark);
    return true;
  }

  std::vector<Node> open_;
  Node root_;
  std::optional<Error> error_;
};

Mark mark_of(const YAML::Mark& mark) {
  return {std::max(0, mark.line) + 1, std::max(0, mark.column) + 1};
}

class YamlReader final : public YAML::EventHandler {
 public:
  Builder builder;

  explicit YamlReader(std::string_view text) : text_(text) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    go_on(mark, builder.null(mark_of(mark)));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YAML::ParserException(mark, "aliases are not read here");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (!is_closed(mark)) throw YAML::ParserException(mark, "this quoted text does not end");
    go_on(mark, builder.scalar(mark_of(mark), value, tag == "!"));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, Node::Kind::kList);
  }
  void OnSequenceEnd() override { go_on({}, builder.end()); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, Node::Kind::kMap);
  }
  void OnMapEnd() override { go_on({}, builder.end()); }

 private:
  void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
             Node::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    go_on(mark, builder.begin(mark_of(mark), kind));
  }
  // yaml-cpp takes the end of the file for the end of a quoted text; a file that was cut off would
  // be read as if it were whole.
  bool is_closed(const YAML::Mark& mark) const {
    const auto begin = static_cast<std::size_t>(mark.pos);
    if (begin >= text_.size() || (text_[begin] != '"' && text_[begin] != '\'')) return true;
    const char quote = text_[begin];
    for (std::size_t i = begin + 1; i < text_.size(); ++i) {
      if (quote == '"' && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        const bool doubled = quote == '\'' && i + 1 < text_.size() && text_[i + 1] == quote;
        if (!doubled) return true;
        ++i;
      }
    }
    return false;
  }
  // The builder has the words; the exception only ends the parser.
  static void go_on(const YAML::Mark& mark, bool good) {
    if (!good) throw YAML::ParserException(mark, "");
  }
  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) throw YAML::ParserException(mark, "anchors are not read here");
  }
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag != "?" && tag != "!" && !tag.empty())
      throw YAML::ParserException(mark, "tags are not read here");
  }

  std::string_view text_;
};

// A stream over borrowed bytes.
class Borrowed final : public std::streambuf {
 public:
  explicit Borrowed(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

// Walks over the text and tells how far the parser has come.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    ++at_;
    if (reached_ != nullptr) *reached_ = at_;
    return *this;
  }
  Cursor operator++(int) {
    Cursor before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }
  bool operator!=(const Cursor& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

// nlohmann's SAX interface. A value begins behind the blanks, commas and colons that follow what
// was told of last.
class JsonReader {
 public:
  Builder builder;
  const char* reached;

  JsonReader(std::string_view text, int line)
      : reached(text.data()), text_(text), told_(text.data()), line_(line) {}

  bool null() { return told(builder.null(begin())); }
  bool boolean(bool yes) { return told(builder.scalar(begin(), yes ? "true" : "false", false)); }
  bool number_integer(std::int64_t number) {
    return told(builder.scalar(begin(), std::to_string(number), false));
  }
  bool number_unsigned(std::uint64_t number) {
    return told(builder.scalar(begin(), std::to_string(number), false));
  }
  bool number_float(double, const std::string& text) {
    return told(builder.scalar(begin(), text, false));
  }
  bool string(std::string& text) { return told(builder.scalar(begin(), std::move(text), true)); }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool start_object(std::size_t) { return told(builder.begin(begin(), Node::Kind::kMap)); }
  bool key(std::string& text) { return string(text); }
  bool end_object() { return told(builder.end()); }
  bool start_array(std::size_t) { return told(builder.begin(begin(), Node::Kind::kList)); }
  bool end_array() { return told(builder.end()); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) {
    std::string_view why = error.what();
    const std::size_t column = why.find(": ");
    if (column != why.npos) why.remove_prefix(column + 2);
    const std::size_t at = std::min(text_.size(), position > 0 ? position - 1 : 0);
    return builder.stop(mark_at(text_.data() + at), printable(why));
  }

 private:
  bool told(bool good) {
    told_ = reached;
    return good;
  }
  Mark begin() const {
    constexpr std::string_view kBetween = " \t\r\n,:";
    const char* at = told_;
    while (at != text_.data() + text_.size() && kBetween.find(*at) != kBetween.npos) ++at;
    return mark_at(at);
  }
  Mark mark_at(const char* at) const {
    const std::string_view before(text_.data(), static_cast<std::size_t>(at - text_.data()));
    const std::size_t newline = before.rfind('\n');
    const std::size_t start = newline == before.npos ? 0 : newline + 1;
    const auto lines = std::count(before.begin(), before.end(), '\n');
    return {line_ + static_cast<int>(lines), static_cast<int>(before.size() - start) + 1};
  }

  std::string_view text_;
  const char* told_;
  int line_;
};

}  // namespace

Result<Node> parse_yaml(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  YamlReader reader(text);
  try {
    Borrowed bytes(text);
    std::istream stream(&bytes);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(reader);
    YamlReader second(text);
    if (parser.HandleNextDocument(second)) {
      MASC_TRY(const Node more, second.builder.take());
      return fail(error_at(more.mark, "there is more than one document"));
    }
  } catch (const YAML::Exception& e) {
    if (!reader.builder.error()) reader.builder.stop(mark_of(e.mark), printable(e.msg));
  }
  return reader.builder.take();
}

Result<Node> parse_json(std::string_view text, int line) {
  JsonReader reader(text, line);
  const Cursor begin(text.data(), &reader.reached);
  const Cursor end(text.data() + text.size(), nullptr);
  static_cast<void>(nlohmann::json::sax_parse(begin, end, &reader));
  return reader.builder.take();
}

}  // namespace masc::model
