#include "git/snapshot_format.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/text.h"
#include "model/trailers.h"

namespace masc::git {
namespace {

using Reason = LeftBehind::Reason;

constexpr std::string_view kFormatVersion = "1";
constexpr unsigned kTreeMode = 0040000;
constexpr int kDeepest = 4'096;

constexpr std::array<std::pair<Reason, std::string_view>, 6> kReasons = {{
    {Reason::kTooLarge, "too_large"},
    {Reason::kRepository, "repository"},
    {Reason::kSubmodule, "submodule"},
    {Reason::kUnreadable, "unreadable"},
    {Reason::kSpecial, "special"},
    {Reason::kOperation, "operation"},
}};

// --- the manifest ---

// A line, and where it is sorted.
struct Line {
  std::string path;
  int order = 0;
  std::string text;
};

constexpr int kLeftOrder = 6;

void add_line(std::vector<Line>& lines, int order, std::string_view kind, std::string_view what,
              std::string_view id, const std::string& path) {
  lines.push_back(
      {path, order,
       fmt::format("{} {} {} {}\n", kind, what, id.empty() ? "-" : id, model::escape_value(path))});
}

std::string octal(unsigned mode) { return fmt::format("{:06o}", mode); }

void add_path(std::vector<Line>& lines, const KeptPath& kept) {
  const std::string& path = kept.path;
  if (kept.head.mode != 0) {
    add_line(lines, 0, "head", octal(kept.head.mode), kept.head.id, path);
  }
  if (kept.index) add_line(lines, 1, "index", octal(kept.index->mode), kept.index->id, path);
  if (kept.intent_to_add) add_line(lines, 1, "intent", "-", "", path);
  for (int stage = 1; stage <= 3; ++stage) {
    const Version& version = kept.stages[static_cast<std::size_t>(stage) - 1];
    if (version.mode == 0) continue;
    add_line(lines, 1 + stage, fmt::format("stage{}", stage), octal(version.mode), version.id,
             path);
  }
  if (kept.work) add_line(lines, 5, "work", octal(*kept.work), "", path);
}

Result<unsigned> parse_mode(std::string_view text) {
  unsigned mode = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (failed != std::errc{} || end != text.data() + text.size() || text.size() != 6) {
    return fail(ErrorCode::kFormat, "'{}' is no mode", printable(text));
  }
  return mode;
}

Result<Version> parse_version(std::string_view mode, std::string_view id) {
  Version version;
  MASC_TRY(version.mode, parse_mode(mode));
  const bool hex = id.find_first_not_of("0123456789abcdef") == id.npos;
  const bool sized = id.size() == 40 || id.size() == 64;
  if (version.mode == 0 ? id != "-" : !hex || !sized) {
    return fail(ErrorCode::kFormat, "'{}' is no object id", printable(id));
  }
  if (version.mode != 0) version.id = std::string(id);
  return version;
}

Result<void> set_fact(KeptPath& kept, std::string_view kind, std::string_view what,
                      std::string_view id) {
  if (kind == "head") {
    MASC_TRY(kept.head, parse_version(what, id));
  } else if (kind == "index") {
    MASC_TRY(kept.index, parse_version(what, id));
  } else if (kind == "intent") {
    kept.intent_to_add = true;
  } else if (kind == "stage1" || kind == "stage2" || kind == "stage3") {
    MASC_TRY(kept.stages[static_cast<std::size_t>(kind.back() - '1')], parse_version(what, id));
  } else if (kind == "work") {
    MASC_TRY(kept.work, parse_mode(what));
  } else {
    return fail(ErrorCode::kFormat, "'{}' is no kind of fact", printable(kind));
  }
  return {};
}

// Parts that would lead out of the tree, or that git never lists.
bool is_safe(std::string_view path) {
  const auto parts = split(path, '/');
  return path.find('\0') == path.npos && std::all_of(parts.begin(), parts.end(), [](auto part) {
           return !part.empty() && part != "." && part != ".." && part != ".git";
         });
}

Result<void> read_line(std::string_view line, Manifest& manifest) {
  const std::string_view kind = take_until(line, ' ');
  const std::string_view what = take_until(line, ' ');
  const std::string_view id = take_until(line, ' ');
  MASC_TRY(std::string path, model::unescape_value(line));
  if (!is_safe(path)) return fail(ErrorCode::kFormat, "'{}' is no path", printable(path));
  if (kind == "left") {
    MASC_TRY(const Reason reason, parse_reason(what));
    manifest.left_behind.push_back({reason, std::move(path)});
    return {};
  }
  if (manifest.paths.empty() || manifest.paths.back().path != path) {
    KeptPath next;
    next.path = std::move(path);
    manifest.paths.push_back(std::move(next));
  }
  return set_fact(manifest.paths.back(), kind, what, id);
}

// --- trees ---

struct Node {
  std::map<std::string, Node, std::less<>> below;
  const FlatEntry* blob = nullptr;
};

Result<ObjectId> write_node(StateRepo& state, const Node& node) {
  std::vector<TreeEntry> entries;
  for (const auto& [name, child] : node.below) {
    if (child.blob != nullptr && !child.below.empty()) {
      return fail(ErrorCode::kConflict, "'{}' is a file and a folder", printable(name));
    }
    if (child.blob != nullptr) {
      entries.push_back({child.blob->mode, name, child.blob->id});
    } else {
      MASC_TRY(const ObjectId id, write_node(state, child));
      entries.push_back({kTreeMode, name, id});
    }
  }
  return state.write_tree(std::move(entries));
}

Result<void> flatten(const StateRepo& state, const ObjectId& tree, const std::string& prefix,
                     int depth, FlatTree& flat) {
  if (depth > kDeepest) return fail(ErrorCode::kFormat, "the tree of a snapshot is too deep");
  MASC_TRY(const auto entries, state.tree(tree));
  for (const TreeEntry& entry : entries) {
    const std::string path = prefix + entry.name;
    if (entry.mode == kTreeMode) {
      MASC_CHECK(flatten(state, entry.id, path + '/', depth + 1, flat));
    } else {
      flat[path] = {entry.mode, entry.id};
    }
  }
  return {};
}

// --- the commit ---

Result<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed == std::errc{} && end == text.data() + text.size()) return number;
  return fail(ErrorCode::kFormat, "'{}' is no number", printable(text));
}

}  // namespace

std::string_view format_reason(Reason reason) noexcept {
  for (const auto& [known, text] : kReasons) {
    if (known == reason) return text;
  }
  return "";
}

Result<Reason> parse_reason(std::string_view text) {
  for (const auto& [reason, known] : kReasons) {
    if (known == text) return reason;
  }
  return fail(ErrorCode::kFormat, "'{}' is no reason to leave something behind", printable(text));
}

bool KeptPath::unmerged() const {
  return std::any_of(stages.begin(), stages.end(), [](const Version& v) { return v.mode != 0; });
}

std::string format_manifest(const Manifest& manifest) {
  std::vector<Line> lines;
  for (const KeptPath& kept : manifest.paths) add_path(lines, kept);
  for (const LeftBehind& left : manifest.left_behind) {
    add_line(lines, kLeftOrder, "left", format_reason(left.reason), "", left.path);
  }
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return std::tie(a.path, a.order, a.text) < std::tie(b.path, b.order, b.text);
  });
  std::string text;
  for (const Line& line : lines) text += line.text;
  return text;
}

Result<Manifest> parse_manifest(std::string_view text) {
  Manifest manifest;
  for (const std::string_view line : split_lines(text)) {
    if (auto read = read_line(line, manifest); !read) {
      return fail(ErrorCode::kFormat, "a line of a snapshot's manifest is damaged ({}): '{}'",
                  read.error().message, printable(line.substr(0, 120)));
    }
  }
  std::sort(manifest.left_behind.begin(), manifest.left_behind.end());
  return manifest;
}

Result<ObjectId> write_flat_tree(StateRepo& state, const FlatTree& flat) {
  Node root;
  for (const auto& [path, entry] : flat) {
    Node* node = &root;
    for (const std::string_view part : split(path, '/')) node = &node->below[std::string(part)];
    node->blob = &entry;
  }
  return write_node(state, root);
}

Result<FlatTree> read_flat_tree(const StateRepo& state, const ObjectId& tree) {
  FlatTree flat;
  MASC_CHECK(flatten(state, tree, "", 0, flat));
  return flat;
}

std::string work_entry(std::string_view path) { return fmt::format("work/{}", path); }
std::string index_entry(std::string_view path) { return fmt::format("index/{}", path); }
std::string operation_entry(std::string_view name) { return fmt::format("operation/{}", name); }
std::string stage_entry(std::size_t stage, std::string_view path) {
  return fmt::format("stage{}/{}", stage, path);
}

std::string format_snapshot_message(const KeepOptions& options, std::string_view head,
                                    std::size_t paths) {
  model::Message message;
  message.subject =
      fmt::format("keep {}: {} {}", options.task.str(), paths, paths == 1 ? "path" : "paths");
  const auto add = [&](const char* key, std::string value) {
    if (!value.empty()) message.trailers.push_back({key, std::move(value)});
  };
  add("Masc-Format", std::string(kFormatVersion));
  add("Masc-Task", options.task.str());
  add("Masc-Agent", options.agent);
  add("Masc-Generation", std::to_string(options.generation));
  add("Masc-Head", std::string(head));
  add("Masc-Base", options.base);
  add("Masc-Paths", std::to_string(paths));
  add("Masc-Reason", options.reason);
  return model::format_message(message);
}

Result<void> read_snapshot_message(std::string_view text, Snapshot& snapshot) {
  MASC_TRY(const model::Message message, model::parse_message(text));
  std::string format;
  for (const auto& [key, value] : message.trailers) {
    if (key == "Masc-Format") format = value;
    if (key == "Masc-Task") snapshot.task = value;
    if (key == "Masc-Agent") snapshot.agent = value;
    if (key == "Masc-Head") snapshot.head = value;
    if (key == "Masc-Base") snapshot.base = value;
    if (key == "Masc-Reason") snapshot.reason = value;
    if (key == "Masc-Generation") {
      MASC_TRY(snapshot.generation, parse_number(value));
    }
  }
  if (format == kFormatVersion && !snapshot.task.empty()) return {};
  return fail(ErrorCode::kFormat, "{} is no snapshot that this version of masc knows",
              snapshot.id.hex());
}

}  // namespace masc::git
