// Texts that the build puts into the binary: man/*.md by name, completions as "completion:<file>".
#pragma once

namespace masc::cmd {

struct Embedded {
  const char* name;
  const char* text;
};
extern const Embedded kEmbedded[];  // ends with a null name

}  // namespace masc::cmd
