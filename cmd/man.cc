#include "base/text.h"
#include "cmd/help.h"
#include "cmd/parser.h"

namespace masc::cmd {
namespace {

// Text inside a roff line: backslashes, hyphens, quotes; `code` bold, *emphasis* italic.
std::string roff(std::string_view text) {
  std::string out;
  bool bold = false;
  bool italic = false;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      bold = !bold;
      out += bold ? "\\fB" : "\\fR";
    } else if (c == '*' && !bold) {
      italic = !italic;
      out += italic ? "\\fI" : "\\fR";
    } else {
      out += c;
    }
  }
  if (!out.empty() && out[0] == '.') out.insert(0, "\\&");
  return out;
}

// The small Markdown of man/*.md: "## HEADING", "- item", four-space code, paragraphs.
std::string roff_of_prose(std::string_view markdown) {
  std::string out;
  bool code = false;
  for (const std::string_view line : split_lines(markdown)) {
    const bool is_code = line.starts_with("    ");
    if (code && !is_code) out += ".fi\n.RE\n";
    if (!code && is_code) out += ".PP\n.RS 4\n.nf\n";
    code = is_code;
    if (is_code) {
      std::string verbatim(line.substr(4));
      for (std::size_t at = 0; (at = verbatim.find('\\', at)) != std::string::npos; at += 2)
        verbatim.replace(at, 1, "\\e");
      for (std::size_t at = 0; (at = verbatim.find('-', at)) != std::string::npos; at += 2)
        verbatim.insert(at, "\\");
      out +=
          (verbatim.starts_with('.') || verbatim.starts_with('\'') ? "\\&" : "") + verbatim + "\n";
    } else if (line.starts_with("# ")) {
      continue;
    } else if (line.starts_with("## ")) {
      out += ".SH " + std::string(line.substr(3)) + "\n";
    } else if (line.starts_with("- ")) {
      out += ".IP \\(bu 2\n" + roff(line.substr(2)) + "\n";
    } else if (trim(line).empty()) {
      out += ".PP\n";
    } else {
      out += roff(trim(line)) + "\n";
    }
  }
  return code ? out + ".fi\n.RE\n" : out;
}

std::string roff_options(const std::vector<Param>& params) {
  std::string out;
  for (const Param& param : params) {
    std::string names = param.names;
    for (std::size_t at = 0; (at = names.find(',', at)) != std::string::npos; at += 2)
      names.replace(at, 1, ", ");
    out += ".TP\n\\fB" + roff(names) + "\\fR";
    if (!param.value.empty()) out += " \\fI" + roff(param.value) + "\\fR";
    out += "\n" + roff(param.help) + "\n";
  }
  return out;
}

// "# masc-add - add a task" → "masc-add \- add a task"
std::string name_line(std::string_view prose) { return roff(first_line(prose).substr(2)); }

std::string head(std::string_view page, std::string_view prose) {
  std::string upper;
  for (const char c : page) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return fmt::format(".TH {} 1 \"\" \"masc {}\" \"masc manual\"\n.SH NAME\n{}\n", roff(upper),
                     MASC_VERSION, name_line(prose));
}

std::string verb_page(const Verb& verb, std::string_view text) {
  std::string out = head(fmt::format("masc-{}", verb.name), text);
  out += fmt::format(".SH SYNOPSIS\n\\fBmasc\\fR {}\n", roff(verb.usage));
  const std::size_t examples = std::min(text.find("## EXAMPLES"), text.size());
  out += roff_of_prose(text.substr(0, examples));
  verb.with([&](const std::vector<Param>& params, const auto&) {
    Globals globals;
    out += ".SH OPTIONS\n" + roff_options(params) + roff_options(global_params(globals));
  });
  return out + roff_of_prose(text.substr(examples));
}

}  // namespace

Result<std::string> man_page(std::string_view name) {
  const char* const text = prose(name);
  const Verb* const verb = find_verb(name);
  if (text == nullptr || (verb == nullptr && name != "masc")) {
    return fail(ErrorCode::kUsage, "there is no manual page for '{}'", printable(name));
  }
  if (verb != nullptr) return verb_page(*verb, text);
  std::string out = head("masc", text) +
                    ".SH SYNOPSIS\n\\fBmasc\\fR [\\fIOPTIONS\\fR] \\fIVERB\\fR …\n" +
                    roff_of_prose(text);
  out += ".SH VERBS\n";
  for (const Verb* one : verbs()) {
    out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", one->name, roff(one->summary));
  }
  return out;
}

}  // namespace masc::cmd
