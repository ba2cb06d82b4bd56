// Secrets in the forms in which transcripts have them, what only looks like one, and secrets that
// lie across a cut. Put together here, so that no scanner takes this file for a leak.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "base/file.h"
#include "handoff/extract.h"
#include "handoff/json_view.h"
#include "handoff/redact.h"

namespace masc::testing {
namespace {

using namespace handoff;

std::string redacted(const std::string& text, std::uint64_t* count = nullptr) {
  Redactor redactor;
  std::string out;
  redactor.redact(text, out);
  if (count != nullptr) *count = redactor.total();
  return out;
}

// Letters and digits without a meaning, the same each time.
std::string letters(std::size_t length, unsigned seed = 7) {
  constexpr std::string_view kAll =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string text;
  for (unsigned state = seed; text.size() < length;) {
    state = state * 1664525U + 1013904223U;
    text += kAll[(state >> 16) % kAll.size()];
  }
  return text;
}

// `text` as it stands in a JSON string.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\x1b') {
      out += "\\u001b";
    } else {
      out += c;
    }
  }
  return out;
}

// Where '@' is the secret goes in. What stands around it must stay, raw and as JSON has it.
void expect_taken_out(const std::string& form, const std::string& secret) {
  const std::size_t at = form.find('@');
  std::string before = form.substr(0, at), after = form.substr(at + 1);
  std::string inside = secret;
  for (int depth = 0; depth < 3; ++depth) {
    std::string line = "see: ";
    line.append(before).append(inside).append(after).append(" end");
    std::uint64_t count = 0;
    const std::string out = redacted(line, &count);
    EXPECT_EQ(count, 1U) << line << "\n" << out;
    EXPECT_EQ(out.find(inside), out.npos) << out;
    EXPECT_TRUE(out.starts_with("see: " + before + "[redacted:")) << out;
    EXPECT_TRUE(out.ends_with("]" + after + " end")) << line << "\n" << out;
    before = escaped(before);
    after = escaped(after);
    inside = escaped(inside);
  }
}

TEST(RedactForms, ValuesOfNamesThatTellOfSecrets) {
  const std::string secret = letters(20);
  for (const char* form : {"export DB_PASSWORD=@",
                           "DB_PASS=@",
                           "MYSQL_PWD=@",
                           "ENCRYPTION_KEY=@",
                           "export db_password=@",
                           "API_KEY = \"@\"",
                           "$env:GITHUB_TOKEN = \"@\"",
                           "ENV DB_PASSWORD @",
                           "set -x API_TOKEN @",
                           "set -gx API_TOKEN @",
                           "POSTGRES_PASSWORD: @",
                           "postgres_password: \"@\"",
                           "{\"X_API_KEY\":\"@\"}",
                           "{\"password\": \"@\", \"a\": 1}",
                           "{'password': '@'}",
                           "aws_secret_access_key = @",
                           "{\"SecretAccessKey\":\"@\"}",
                           "AccountName=x;AccountKey=@==;Suffix=y",
                           "//registry/:_authToken=@",
                           "client-secret=@",
                           "mysql --password=@",
                           "os.environ[\"API_KEY\"] = \"@\"",
                           "password := \"@\"",
                           "'db_password' => '@'",
                           "API_TOKEN=\x1b[36m@",
                           "\x1b[33mAPI_TOKEN\x1b[0m=\x1b[36m@\x1b[0m",
                           "\x1b[34;1m\"password\"\x1b[0m: \x1b[0;32m\"@\"",
                           "APP_SECRET=b'@'",
                           "DB_PASSWORD_2=@",
                           "SECRET_KEY_BASE=@",
                           "curl -u admin:@",
                           "curl --user admin:@",
                           "X-Api-Key: @",
                           "(API_TOKEN=@)",
                           "`API_TOKEN=@`",
                           "?a=1&access_token=@&b=2"}) {
    const std::string text = form;
    // Base64 ends with '='; all else is what stands around it.
    if (text.find("@==") != text.npos) {
      std::string whole = text;
      whole.replace(whole.find("@=="), 3, "@");
      expect_taken_out(whole, secret + "==");
    } else {
      expect_taken_out(text, secret);
    }
  }
}

TEST(RedactForms, AQuotedValueIsTakenOutUpToItsQuote) {
  for (const char* value :
       {"abcdefghij#REST", "abcdefghij$REST", "abcdefghij&REST", "correct horse battery X",
        "abcd(REST", "ab;cd REST", "a'bcdef", "ab|cd<ef>REST", "ab\\\\REST9x"}) {
    expect_taken_out("DB_PASSWORD=\"@\"", value);
  }
  for (const char* value : {"abcdefghij#REST", "abcd(REST", "two words 1", "a$b{REST}"}) {
    expect_taken_out("export DB_PASSWORD='@'", value);
  }
  for (const char* value : {"abcdefghij#REST", "abcdefghij$REST", "q7Zb9"}) {
    expect_taken_out("export DB_PASSWORD=@", value);
  }
  // One that is not closed ends where its string does.
  EXPECT_EQ(redacted("{\"a\":\"API_TOKEN='abcdef12\",\"b\":\"it's\"}"),
            "{\"a\":\"API_TOKEN='[redacted:env-value]\",\"b\":\"it's\"}");
  EXPECT_EQ(redacted("{\"a\":\"API_TOKEN=\\\"abcdef12\\nrest\"}"),
            "{\"a\":\"API_TOKEN=\\\"[redacted:env-value]\\nrest\"}");
}

TEST(RedactForms, TokensOfProviders) {
  const std::string tokens[] = {
      "ghp_" + letters(36),
      "gho_" + letters(36),
      "ghs_" + letters(36),
      "github_pat_" + letters(22) + "_" + letters(59),
      "glpat-" + letters(20),
      "gldt-" + letters(20),
      "glrt-" + letters(20),
      "glpat-" + letters(27) + ".01." + letters(9),
      "xoxb-123456789012-" + letters(24),
      "xoxe-1-" + letters(60),
      "xoxr-" + letters(40),
      "hooks.slack.com/services/T" + letters(8) + "/B" + letters(10) + "/" + letters(24),
      "GOCSPX-" + letters(28),
      "1//0" + letters(60),
      "sk_test_" + letters(24),
      "rk_test_" + letters(24),
      "rk_live_" + letters(24),
      "sk-" + letters(48),
      "sk-svcacct-" + letters(60),
      "sk-ant-api03-" + letters(60) + "-" + letters(20),
      "AIza" + letters(35),
      "npm_" + letters(36),
      "hf_" + letters(34),
      "AKIA" + std::string("Q4R7XUHDNB2M5K3T"),
      "SG." + letters(22) + "." + letters(43),
      "eyJ" + letters(20) + "." + letters(30) + "." + letters(30)};
  for (const std::string& token : tokens) {
    for (const char* form : {"@", "\"@\"", "\x1b[32m@\x1b[0m", "\x1b[1;32m@", "q%3D@", "x\n@",
                             "\t@,", "<@>", "my_@", "(@)", "name=@"}) {
      expect_taken_out(form, token);
    }
    for (const char* before : {"\\u0022", "\\x22", "\\\\n", "%22"}) {
      std::uint64_t count = 0;
      const std::string out = redacted(before + token + " end", &count);
      EXPECT_EQ(count, 1U) << out;
      EXPECT_TRUE(out.starts_with(before + std::string("[redacted:"))) << out;
    }
  }
  expect_taken_out("bot 185966639:@", "AA" + letters(33));
}

TEST(RedactForms, AuthorizationInAnyCase) {
  const std::string secret = letters(40);
  for (const char* form : {"Authorization: Bearer @", "authorization: bearer @",
                           "AUTHORIZATION: BEARER @", "curl -H \"Authorization: Basic @\" x",
                           "-H 'authorization: basic @'", "{\"Authorization\": \"Bearer @\"}",
                           "Authorization: token @", "Proxy-Authorization: Basic @"}) {
    expect_taken_out(form, secret);
  }
}

TEST(RedactForms, PasswordsInUrls) {
  for (const char* password : {"s3cret", "a?b1", "x;y2", "p(q)3", "a,b&c=d", "se$cr#t", "p@ss"}) {
    for (const char* form : {"https://al:PW@host/x.git", "redis://:PW@host:6379/0",
                             "https:\\/\\/al:PW@host", "git clone https:\\\\/\\\\/al:PW@host"}) {
      std::string text = form;
      text.replace(text.find("PW"), 2, password);
      std::string expected = form;
      expected.replace(expected.find("PW"), 2, "[redacted:url-password]");
      EXPECT_EQ(redacted(text), expected);
    }
  }
  EXPECT_EQ(redacted("https://9d43ae016615540123e0bf96c459151d2d835e1f@host/a"),
            "https://[redacted:url-password]@host/a");
}

TEST(RedactForms, WhatOnlyLooksLikeASecretStays) {
  for (const char* text : {"MAX_TOKENS=200000",
                           "TOKEN_LIMIT=128000",
                           "TOKENIZER=cl100k_base",
                           "TOKENIZERS_PARALLELISM=false",
                           "SECRET_PATH=/etc/app/conf",
                           "API_KEY=settings.API_KEY",
                           "if TOKEN==expected_token:",
                           "password = get_password()",
                           "password: string",
                           "sk-this-is-a-css-class-name-with-many-words-in-it",
                           "sk-learn-contrib-foo-bar-baz-quux-corge-grault",
                           "hf_hub_download_with_retry_and_backoff_options",
                           "npm_config_registry_and_some_more_words_xyz",
                           "PASSWORD=os.environ['X']",
                           "GITHUB_TOKEN=<your-token>",
                           "TOKEN_COUNT=123456",
                           "API_KEY=your-api-key-here",
                           "DB_PASSWORD=${DB_PASSWORD}",
                           "DB_PASSWORD=$(pass show db)",
                           "API_KEY=\"$API_KEY\"",
                           "API_TOKEN=xxxxxxxx",
                           "API_TOKEN=********",
                           "GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}",
                           "const token: string = readToken();",
                           "api_key: Optional[str] = None",
                           "self.token = token_of(request)",
                           "password=password",
                           "{\"password\": \"Password\"}",
                           "{\"token\": \"Enter 2 tokens\"}",
                           "next_page_token = \"abc123def456\"",
                           "\"pad_token\": \"<pad>\"",
                           "PUBLIC_KEY=abcdef123456",
                           "PRIMARY_KEY: id_2_of_3",
                           "PWD=/home/al/work",
                           "OLDPWD=/home/al",
                           "KEY=value123",
                           "cache_key=\"user:1234\"",
                           "GOOGLE_APPLICATION_CREDENTIALS=/etc/gcp/key.json",
                           "http://host:8080/a@b",
                           "http://host:8080?to=al@host",
                           "ssh://git@github.com:22/x",
                           "https://user@host/x",
                           "postgres://$USER:$PASS@host/db",
                           "https://al:***@host",
                           "docker run -u 1000:1000 x",
                           "chown -u root:wheel x",
                           "Authorization: Bearer $TOKEN",
                           "Authorization: Basic <base64>",
                           "HEADERS=\"Authorization=Bearer token,X-Custom=value\"",
                           "the ENV GITHUB_TOKEN variable",
                           "commit 995cc3b482c8869254d8323ff0ded4e8832c9409",
                           "eyJhIjoxfQ",
                           "pypi.org",
                           "uuid 123e4567-e89b-12d3-a456-426614174000",
                           "task-management of sk-files",
                           "GITHUB_TOKEN: required",
                           "the token: see below",
                           "PASS: TestLogin2 (0.1s)",
                           "API_KEY = \"api_key\"",
                           "\"type\":\"password\",\"size\":\"12345678\"",
                           "export GH_TOKEN=\"github_pat_xxxx\"",
                           "export LANGFUSE_SECRET_KEY=sk-..."}) {
    for (const std::string& line : {std::string(text), escaped(text)}) {
      std::uint64_t count = 0;
      EXPECT_EQ(redacted(line, &count), line);
      EXPECT_EQ(count, 0U) << line;
    }
  }
}

TEST(RedactForms, WhatWasRedactedStaysAsItIs) {
  for (const std::string& text :
       {"DB_PASSWORD=" + letters(12), "{\"password\":\"" + letters(12) + "\"}",
        "https://al:" + letters(12) + "@host", "Authorization: Bearer " + letters(30)}) {
    const std::string once = redacted(text);
    std::uint64_t count = 0;
    EXPECT_NE(once, text);
    EXPECT_EQ(redacted(once, &count), once);
    EXPECT_EQ(count, 0U) << once;
  }
}

TEST(RedactForms, ARecordStaysARecord) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  const std::vector<std::string> parts = {"API_TOKEN",
                                          "password",
                                          "=",
                                          ": ",
                                          ":",
                                          " = ",
                                          "\"",
                                          "'",
                                          "\\",
                                          "\\\\",
                                          "\n",
                                          " ",
                                          ",",
                                          "}",
                                          "{",
                                          "\x1b[32m",
                                          "abc123def",
                                          "x",
                                          "-----BEGIN PRIVATE" + std::string(" KEY-----"),
                                          "-----END PRIVATE" + std::string(" KEY-----"),
                                          letters(64),
                                          letters(50),
                                          "https://a:",
                                          "@h",
                                          "Authorization: Basic ",
                                          "ghp_" + letters(36),
                                          "\\n",
                                          "\\u0022",
                                          "\\\"",
                                          "$",
                                          "(",
                                          "ENV ",
                                          "é"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (int n = 0; n < 12; ++n) text += parts[random() % parts.size()];
    if (round % 2 == 0) text = "{\"b\":\"" + escaped(text) + "\"}";
    const std::string record = "{\"password\":\"" + escaped(text) + "\",\"z\":[1]}";
    JsonText json;
    ASSERT_TRUE(json.parse(redacted(record))) << redacted(record) << "\nof " << record << seed;
    ASSERT_TRUE(json.root()["z"].is_array()) << redacted(record) << "\nof " << record << seed;
    Redactor redactor;
    std::string cut;
    // Never in an escape: the reader sees to that.
    std::size_t at = random() % record.size();
    while (at > 0 && (record[at - 1] == '\\' || record.substr(0, at).rfind("\\u") + 6 > at)) --at;
    redactor.redact_part(record.substr(0, at), cut);
    redactor.redact(record.substr(at), cut);
    ASSERT_TRUE(json.parse(cut)) << cut << "\nof " << record << "\ncut at " << at << " " << seed;
    ASSERT_TRUE(json.root()["z"].is_array()) << cut << "\nof " << record;
  }
}

TEST(RedactForms, TextsMadeToBeSlowAreNot) {
  // Of each a long line: what is looked at again for every part takes minutes.
  for (const std::string& part :
       {std::string("TOKEN=$"), std::string("token=aa"), std::string("TOKEN=x://"),
        std::string("eyJ-"), std::string("sk-"), std::string("TOKEN=\""), std::string("TOKEN='\""),
        "-----BEGIN PRIVATE" + std::string(" KEY----- x y "), std::string("https://a:"),
        std::string("\\"), std::string("\x1b[0m"), std::string("-u a:")}) {
    std::string text;
    while (text.size() < std::size_t{1} << 18) text += part;
    EXPECT_FALSE(redacted(text).empty());
  }
}

std::string title(const std::string& which) {
  return "-----" + which + " RSA PRIVATE" + " KEY-----";
}

// The lines of a key between its title and its end.
std::string key_lines(const std::string& before = "") {
  std::string text;
  for (unsigned i = 0; i < 6; ++i) {
    text += before + letters(i < 5 ? 64 : 20, 40 + i) + (i < 5 ? "" : "==") + "\n";
  }
  return text;
}

TEST(RedactForms, AMentionOfATitleDropsNothing) {
  const std::string mention =
      "#### Reject inputs that begin with " + title("BEGIN") + " in the linter\n";
  for (const std::string& text :
       {mention + "First of all.\n\nThen the rest.\n",
        "{\"text\":\"" + escaped(mention + "First of all.\n\nThen the rest.\n") + "\"}\n",
        "grep -q '" + title("BEGIN") + "' file || exit\nnext line here\n",
        "{\"old_string\":\"" + title("BEGIN") + "\",\"next\":\"abcdef\"}\n{\"b\":\"x\"}\n"}) {
    EXPECT_EQ(redacted(text), text);
  }
  // Alone on its line it may begin a key; what follows is none.
  EXPECT_EQ(redacted(title("BEGIN") + "\nThis is not one.\nNor this.\n"),
            "[redacted:private-key]\nThis is not one.\nNor this.\n");
}

TEST(RedactForms, AKeyIsTakenOutWithItsHeaders) {
  const std::string headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n";
  const std::string key = title("BEGIN") + "\n" + headers + key_lines() + title("END");
  EXPECT_EQ(redacted("{\"a\":\"" + escaped(key) + "\\nafter it\"}\n"),
            "{\"a\":\"[redacted:private-key]\\nafter it\"}\n");
  EXPECT_EQ(redacted("{\"a\":\"" + escaped(escaped(key)) + "\"}\n"),
            "{\"a\":\"[redacted:private-key]\"}\n");
  const std::string out = redacted("x\n" + key + "\nafter it\n");
  EXPECT_EQ(out, "x\n[redacted:private-key]\n" + std::string(9, '\n') + "\nafter it\n");
}

TEST(RedactForms, AKeyIsTakenOutWithNumbersQuotesAndMarksBesideIt) {
  for (const char* before : {"    ", "  12\t", "  12→", "+", "> ", "\"", "# "}) {
    const std::string key =
        before + title("BEGIN") + "\n" + key_lines(before) + before + title("END") + "\n";
    for (const std::string& text : {key, "{\"a\":\"" + escaped(key) + "rest of it\"}\n"}) {
      const std::string out = redacted(text);
      for (unsigned i = 0; i < 5; ++i) EXPECT_EQ(out.find(letters(64, 40 + i)), out.npos) << out;
      EXPECT_NE(out.find("[redacted:private-key]"), out.npos) << out;
    }
    EXPECT_NE(redacted("{\"a\":\"" + escaped(key) + "rest of it\"}\n").find("rest of it\"}"),
              std::string::npos);
  }
}

// Secrets in whose every place a text may be cut.
struct Planted {
  std::string before, secret, after;
};
std::vector<Planted> planted() {
  return {{"use ", "ghp_" + letters(36), " now"},
          {"https://al:", letters(14), "@host/x"},
          {"export DB_PASSWORD=", letters(16), " && run"},
          {"DB_PASSWORD='", "correct horse 4 battery", "' run"},
          {"\"password\": \"", letters(16), "\", \"b\""},
          {"Authorization: Basic ", letters(24), " end"},
          {"aws_secret_access_key = ", letters(40), " end"}};
}

// No more of it than may stand in clear where nothing told of a secret yet.
void expect_gone(const std::string& out, const std::string& secret, const std::string& where) {
  constexpr std::size_t kMost = 6;
  for (std::size_t at = 0; at + kMost <= secret.size(); ++at) {
    const std::string part = secret.substr(at, kMost);
    ASSERT_EQ(out.find(part), out.npos) << where << ": " << out;
  }
}

TEST(RedactForms, ASecretCutAnywhereIsInNeitherPart) {
  for (const Planted& one : planted()) {
    const std::string text = one.before + one.secret + one.after;
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      Redactor redactor;
      std::string out;
      redactor.redact_part(text.substr(0, cut), out);
      redactor.redact(text.substr(cut) + "\n", out);
      expect_gone(out, one.secret, "cut at " + std::to_string(cut));
      EXPECT_TRUE(out.ends_with(one.after + "\n")) << out;
      // The same with the rest in pieces of a byte.
      Redactor slow;
      std::string bytes;
      for (const char c : text) slow.redact_part(std::string(1, c), bytes);
      expect_gone(bytes, one.secret, "byte by byte");
    }
  }
}

TEST(RedactForms, AKeyCutAnywhereIsInNeitherPart) {
  const std::string key =
      title("BEGIN") + "\nProc-Type: 4,ENCRYPTED\n\n" + key_lines() + title("END") + "\n";
  for (const std::string& text : {key, "{\"a\":\"" + escaped(key) + "\"}\n"}) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      Redactor redactor, later;
      std::string out, rest;
      const std::string first = text.substr(0, cut);
      const std::size_t line = first.rfind('\n') + 1;
      redactor.redact(first.substr(0, line), out);
      redactor.redact_part(first.substr(line), out);
      later.resume(first);
      later.redact(text.substr(cut), rest);
      redactor.redact(text.substr(cut), out);
      for (unsigned i = 0; i < 5; ++i) {
        expect_gone(out, letters(64, 40 + i), "cut at " + std::to_string(cut));
        expect_gone(rest, letters(64, 40 + i), "resumed at " + std::to_string(cut));
      }
    }
  }
}

TEST(RedactForms, ASecretAcrossThePiecesOfALongLineIsNotStored) {
  // Cut where a piece of 1 MiB ends, and so that it ends at each byte of the secret.
  const std::string head = R"({"info":{"id":"ses_1","directory":"/r"},"messages":[{"info":)"
                           R"({"role":"user"},"parts":[{"type":"text","text":")";
  for (const Planted& one : planted()) {
    const std::string secret = escaped(one.before + one.secret + one.after);
    for (std::size_t in = 0; in < secret.size(); in += 7) {
      std::string text = head;
      text.append((std::size_t{1} << 20) - text.size() - in - 1, '.');
      text += " " + secret + R"( end"}]}]})";
      Redactor redactor;
      std::string kept, said;
      TranscriptReader reader(
          Client::kOpencode, Framing::kDocument, &redactor,
          [&](std::string_view piece) { kept += piece; },
          [&](Event&& event) { said += event.text; });
      // Read as it is: in chunks.
      for (std::size_t at = 0; at < text.size(); at += 1 << 18) {
        reader.feed(std::string_view(text).substr(at, 1 << 18));
      }
      reader.finish();
      kept.erase(0, text.size() - 2000);
      expect_gone(kept, one.secret, "in " + std::to_string(in));
      if (said.size() > 2000) said.erase(0, said.size() - 2000);
      EXPECT_NE(said.find(" end"), said.npos) << said << kept;
      expect_gone(said, one.secret, "in " + std::to_string(in));
    }
  }
}

TEST(RedactForms, ASecretThatWasHalfWrittenAtASaveIsNotStored) {
  std::string folder = (std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/tmp");
  folder += "/masc-redact-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/t";
  const std::string head = "# aider chat started at 2026-01-01 10:00:00\n\n#### look at it\n\n";
  std::vector<Planted> all = planted();
  all.push_back(
      {title("BEGIN") + "\n", letters(64, 1) + "\n" + letters(64, 2) + "\n", title("END") + "\n"});
  for (const Planted& one : all) {
    const std::string text = head + one.before + one.secret + one.after + "\nDone.\n";
    for (std::size_t cut = head.size(); cut < text.size() - 6; ++cut) {
      Dna dna;
      for (const std::size_t end : {cut, text.size()}) {
        ASSERT_TRUE(write_file(path, text.substr(0, end)));
        Replay replay(Keeps::kFacts, Packing::kQuick);
        ASSERT_TRUE(replay.run(dna));
        ASSERT_TRUE(add_transcript(path, Client::kAider, dna, replay));
      }
      const std::string stored = stored_transcript(dna).value_or("");
      expect_gone(stored, one.secret, "cut at " + std::to_string(cut));
      EXPECT_TRUE(stored.ends_with("\nDone.\n")) << stored;
      EXPECT_EQ(dna.segments.size(), 2U);
    }
  }
  static_cast<void>(remove_tree(folder));
}

}  // namespace
}  // namespace masc::testing
