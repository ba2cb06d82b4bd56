// The entropy coder alone: what is put comes back, and nothing else is taken for it.
#include "wire/ans.h"

#include <gtest/gtest.h>

#include <random>

namespace masc::wire {
namespace {

struct Symbol {
  std::uint32_t cumulative, frequency;
  unsigned bits;
};

std::vector<Symbol> some_symbols(std::mt19937& chance, std::size_t count) {
  std::vector<Symbol> symbols;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = static_cast<unsigned>(1 + chance() % 15);
    const std::uint32_t total = std::uint32_t{1} << bits;
    // Mostly likely ones, which take next to nothing.
    const std::uint32_t frequency = chance() % 2 == 0
                                        ? total - static_cast<std::uint32_t>(chance() % 2)
                                        : 1 + static_cast<std::uint32_t>(chance() % total);
    const std::uint32_t room = total - frequency + 1;
    symbols.push_back({static_cast<std::uint32_t>(chance() % room), frequency, bits});
  }
  return symbols;
}

std::string coded(AnsEncoder& encoder, const std::vector<Symbol>& symbols) {
  for (const Symbol& s : symbols) encoder.put(s.cumulative, s.frequency, s.bits);
  std::string out;
  encoder.finish(out);
  return out;
}

bool holds(std::string_view code, const std::vector<Symbol>& symbols) {
  AnsDecoder decoder(code);
  for (const Symbol& s : symbols) {
    const std::uint32_t slot = decoder.slot(s.bits);
    if (slot < s.cumulative || slot - s.cumulative >= s.frequency) return false;
    decoder.take(s.cumulative, s.frequency, s.bits);
  }
  return decoder.clean();
}

TEST(Ans, SymbolsComeBackAndNoOtherCodingHasThem) {
  std::mt19937 chance(20);
  AnsEncoder encoder;
  for (int round = 0; round < 3000; ++round) {
    const auto symbols = some_symbols(chance, chance() % 60);
    const std::string code = coded(encoder, symbols);
    ASSERT_TRUE(holds(code, symbols));
    for (std::size_t cut = 0; cut < code.size(); ++cut)
      ASSERT_FALSE(holds(code.substr(0, cut), symbols));
    for (const char more : {'\0', '\1', '\x7f'}) ASSERT_FALSE(holds(code + more, symbols));
    if (code.empty()) continue;
    std::string other = code;
    const std::size_t at = chance() % other.size();
    other[at] = static_cast<char>(other[at] ^ (1 << chance() % 8));
    ASSERT_FALSE(holds(other, symbols));
  }
}

TEST(Ans, TakesNoMoreThanTheSymbolsAreWorth) {
  std::mt19937 chance(21);
  AnsEncoder encoder;
  double bits = 0;
  std::vector<Symbol> symbols;
  for (int i = 0; i < 20000; ++i) {
    // An eighth of the symbols has one chance in 16, the others share the rest.
    const bool rare = chance() % 16 == 0;
    symbols.push_back(rare ? Symbol{0, 1 << 11, 15} : Symbol{1 << 11, 15 << 11, 15});
    bits += rare ? 4 : 0.0931;
  }
  const auto size = static_cast<double>(coded(encoder, symbols).size());
  EXPECT_NEAR(size * 8, bits, bits / 1000 + 64);
}

TEST(Ans, RawBitsOfAnyCountComeBack) {
  std::mt19937_64 chance(22);
  AnsEncoder encoder;
  std::vector<std::pair<std::uint64_t, unsigned>> numbers;
  for (int i = 0; i < 500; ++i) {
    const auto count = static_cast<unsigned>(chance() % 65);
    const std::uint64_t number = count == 0 ? 0 : chance() >> (64 - count);
    numbers.emplace_back(number, count);
    encoder.put_bits(number, count);
  }
  std::string code;
  encoder.finish(code);
  AnsDecoder decoder(code);
  for (const auto& [number, count] : numbers) ASSERT_EQ(decoder.bits(count), number);
  EXPECT_TRUE(decoder.clean());
}

TEST(Ans, PairsComeBackWithoutALookBetween) {
  std::mt19937 chance(23);
  AnsEncoder encoder;
  constexpr std::uint32_t kTotal = std::uint32_t{1} << 15;
  std::vector<Symbol> pairs;
  for (int i = 0; i < 4000; ++i) {
    const std::uint32_t frequency =
        chance() % 4 == 0 ? kTotal - static_cast<std::uint32_t>(chance() % 2)
                          : 1 + static_cast<std::uint32_t>(chance() % (1 << chance() % 16));
    pairs.push_back(
        {static_cast<std::uint32_t>(chance() % (kTotal - frequency + 1)), frequency, 15});
  }
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    AnsPair* const at = encoder.room(1);
    *at = pair_of(pairs[i].cumulative, pairs[i].frequency, pairs[i + 1].cumulative,
                  pairs[i + 1].frequency);
    encoder.put_up_to(at + 1);
  }
  std::string code;
  encoder.finish(code);
  AnsDecoder decoder(code);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Symbol& s = pairs[i];
    ASSERT_LT(decoder.slot(15) - s.cumulative, s.frequency) << i;
    decoder.advance(s.cumulative, s.frequency, 15);
    if (i % 2 == 1) decoder.refill();
  }
  EXPECT_TRUE(decoder.clean());
}

}  // namespace
}  // namespace masc::wire
