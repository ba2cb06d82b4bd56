#include "git/objects.h"

#include <charconv>

#include "base/text.h"

namespace masc::git {
namespace {

Error cut_off() {
  return error(ErrorCode::kFormat, "git cat-file gave less than it was asked for");
}

// "<id> <type> <size>\n<data>\n", or "<name> missing\n".
Result<std::optional<Object>> take_object(std::string_view& rest, const std::string& name) {
  if (rest.empty()) return fail(cut_off());
  if (rest.starts_with(name + " missing\n")) {
    rest.remove_prefix(name.size() + std::string_view(" missing\n").size());
    return std::nullopt;
  }
  std::string_view head = take_until(rest, '\n');
  Object object;
  object.id = std::string(take_until(head, ' '));
  object.type = std::string(take_until(head, ' '));
  std::size_t size = 0;
  const auto [end, failed] = std::from_chars(head.data(), head.data() + head.size(), size);
  if (failed != std::errc{} || end != head.data() + head.size() || rest.size() <= size) {
    return fail(cut_off());
  }
  object.data = std::string(rest.substr(0, size));
  rest.remove_prefix(size + 1);
  return object;
}

// Signatures are of the commit as it was, and no rewritten one has them; a line that begins with a
// space continues the one before.
void take_header(StoredCommit& commit, std::string_view line) {
  const std::string_view key = take_until(line, ' ');
  if (key == "tree") commit.tree = std::string(line);
  if (key == "parent") commit.parents.emplace_back(line);
  if (key == "author") commit.author = std::string(line);
  if (key == "committer") commit.committer = std::string(line);
  if (key == "encoding") commit.encoding = std::string(line);
}

}  // namespace

Result<std::vector<std::optional<Object>>> read_objects(const Git& git,
                                                        const std::vector<std::string>& names) {
  std::vector<std::optional<Object>> objects;
  if (names.empty()) return objects;
  std::string input;
  for (const std::string& name : names) input += name + '\n';
  MASC_TRY(const Finished finished, git.run({"cat-file", "--batch"}, std::move(input)));
  if (!finished.ok()) return fail(git_error(finished, "git cat-file"));
  std::string_view rest = finished.out;
  for (const std::string& name : names) {
    MASC_TRY(auto object, take_object(rest, name));
    objects.push_back(std::move(object));
  }
  return objects;
}

Result<StoredCommit> parse_commit(std::string id, std::string_view data) {
  StoredCommit commit;
  commit.id = std::move(id);
  while (!data.empty()) {
    const std::string_view line = take_until(data, '\n');
    if (line.empty()) break;
    take_header(commit, line);
  }
  commit.message = std::string(data);
  if (commit.tree.empty() || commit.author.empty() || commit.committer.empty()) {
    return fail(ErrorCode::kFormat, "the commit {} is damaged", commit.id);
  }
  return commit;
}

std::string format_commit(const StoredCommit& commit) {
  std::string data = fmt::format("tree {}\n", commit.tree);
  for (const std::string& parent : commit.parents) data += fmt::format("parent {}\n", parent);
  data += fmt::format("author {}\ncommitter {}\n", commit.author, commit.committer);
  if (!commit.encoding.empty()) data += fmt::format("encoding {}\n", commit.encoding);
  return data + '\n' + commit.message;
}

Result<std::vector<StoredCommit>> read_commits(const Git& git,
                                               const std::vector<std::string>& ids) {
  MASC_TRY(const auto objects, read_objects(git, ids));
  std::vector<StoredCommit> commits;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!objects[i] || objects[i]->type != "commit") {
      return fail(ErrorCode::kGit, "the commit {} is missing", ids[i]);
    }
    MASC_TRY(StoredCommit commit, parse_commit(ids[i], objects[i]->data));
    commits.push_back(std::move(commit));
  }
  return commits;
}

Result<std::string> write_commit(const Git& git, const StoredCommit& commit) {
  return git.output({"hash-object", "-t", "commit", "-w", "--stdin"}, format_commit(commit));
}

}  // namespace masc::git
