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

// A symbol out of 2^15; often one that is nearly or wholly sure.
Symbol some_half(std::mt19937& chance) {
  constexpr std::uint32_t kTotal = std::uint32_t{1} << 15;
  const std::uint32_t frequency =
      chance() % 4 == 0 ? kTotal - static_cast<std::uint32_t>(chance() % 2)
                        : 1 + static_cast<std::uint32_t>(chance() % (1 << chance() % 16));
  return {static_cast<std::uint32_t>(chance() % (kTotal - frequency + 1)), frequency, 15};
}
void put_pair(AnsEncoder& encoder, const Symbol& one, const Symbol& other) {
  AnsPair* const at = encoder.room(1);
  *at = pair_of(one.cumulative, one.frequency, other.cumulative, other.frequency);
  encoder.put_up_to(at + 1);
}
void expect_pair(AnsDecoder& decoder, const Symbol& one, const Symbol& other) {
  ASSERT_LT(decoder.slot(15) - one.cumulative, one.frequency);
  if (decoder.reads_singly()) {
    decoder.take(one.cumulative, one.frequency, 15);
    ASSERT_LT(decoder.slot(15) - other.cumulative, other.frequency);
    decoder.take(other.cumulative, other.frequency, 15);
  } else {
    ASSERT_LT(decoder.second_slot() - other.cumulative, other.frequency);
    decoder.take_pair(one.cumulative, one.frequency, other.cumulative, other.frequency);
  }
}

TEST(Ans, PairsComeBackAmongSymbolsThatAreAlone) {
  std::mt19937 chance(23);
  AnsEncoder encoder;
  for (const std::size_t longest : {3, 12, 2000}) {
    for (std::size_t round = 0; round < 12000 / longest; ++round) {
      std::vector<std::pair<Symbol, Symbol>> steps(1 + chance() % longest);
      std::vector<bool> paired;
      for (auto& [one, other] : steps) {
        one = some_half(chance);
        other = some_half(chance);
        paired.push_back(chance() % 3 != 0);
        if (paired.back())
          put_pair(encoder, one, other);
        else
          encoder.put(one.cumulative, one.frequency, one.bits);
      }
      std::string code;
      encoder.finish(code);
      AnsDecoder decoder(code);
      for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto& [one, other] = steps[i];
        if (paired[i]) {
          ASSERT_NO_FATAL_FAILURE(expect_pair(decoder, one, other));
        } else {
          ASSERT_LT(decoder.slot(15) - one.cumulative, one.frequency);
          decoder.take(one.cumulative, one.frequency, one.bits);
        }
      }
      ASSERT_TRUE(decoder.clean());
    }
  }
}

TEST(Ans, TheLastPairCostsNoMoreThanItsSymbolsOneByOne) {
  std::mt19937 chance(29);
  AnsEncoder together, singly;
  for (int i = 0; i < 2000; ++i) {
    const Symbol one = some_half(chance), other = some_half(chance);
    put_pair(together, one, other);
    singly.put(one.cumulative, one.frequency, one.bits);
    singly.put(other.cumulative, other.frequency, other.bits);
    std::string pair, symbols;
    together.finish(pair);
    singly.finish(symbols);
    ASSERT_EQ(pair.size(), symbols.size());
  }
}

}  // namespace
}  // namespace masc::wire
