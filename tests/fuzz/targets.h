// What the fuzzers feed with bytes. Each takes any input; a wrong one aborts.
#pragma once

#include <string_view>

namespace masc::fuzz {

struct Target {
  std::string_view name;  // its corpus: tests/fuzz/seeds/<name>
  void (*run)(std::string_view input);
};

void trailers(std::string_view input);     // messages of commits in state.git
void step(std::string_view input);         // a task's whole state
void policy(std::string_view input);       // .masc.yaml
void import_json(std::string_view input);  // files to import
void import_yaml(std::string_view input);
void names(std::string_view input);  // ids, agents, paths, times, lines
void globs(std::string_view input);  // two patterns and a path, a line each
void locks(std::string_view input);  // the table of locks

inline constexpr Target kTargets[] = {{"trailers", trailers},
                                      {"step", step},
                                      {"policy", policy},
                                      {"import_json", import_json},
                                      {"import_yaml", import_yaml},
                                      {"names", names},
                                      {"globs", globs},
                                      {"locks", locks}};

}  // namespace masc::fuzz
