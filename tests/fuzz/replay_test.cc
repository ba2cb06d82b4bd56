// Every file of the corpus through its target, in ordinary builds too: what a fuzzer once found
// stays found.
#include <gtest/gtest.h>

#include "base/file.h"
#include "fuzz/targets.h"

namespace masc::fuzz {
namespace {

TEST(Corpus, PassesItsTargets) {
  for (const Target& target : kTargets) {
    const std::string folder = std::string(MASC_CORPUS) + "/" + std::string(target.name);
    const auto names = list_directory(folder).value();
    EXPECT_FALSE(names.empty()) << folder;
    for (const std::string& name : names) {
      SCOPED_TRACE(folder + "/" + name);
      target.run(read_file(folder + "/" + name).value());
    }
  }
}

TEST(Corpus, PassesWhenItIsCutOffAnywhere) {
  for (const Target& target : kTargets) {
    const std::string folder = std::string(MASC_CORPUS) + "/" + std::string(target.name);
    const auto names = list_directory(folder).value();
    for (const std::string& name : names) {
      const std::string text = read_file(folder + "/" + name).value();
      SCOPED_TRACE(folder + "/" + name);
      const std::size_t step = text.size() / 64 + 1;
      for (std::size_t size = 0; size < text.size(); size += step)
        target.run(std::string_view(text).substr(0, size));
    }
  }
}

}  // namespace
}  // namespace masc::fuzz
