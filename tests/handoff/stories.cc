#include "handoff/stories.h"

namespace masc::testing {
namespace {

using handoff::Client;

const char* const kClaude =
    R"({"type":"user","uuid":"1","cwd":"/r","message":{"role":"user","content":"Make tick_once return the elapsed time."}})"
    "\n"
    R"({"type":"assistant","uuid":"2","message":{"content":[{"type":"text","text":"I decided to use monotonic time, because wall clocks jump."},{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"make test"}}]}})"
    "\n"
    R"({"type":"user","uuid":"3","message":{"content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"Exit code 2\nclock.c:3: error: tick_once undeclared"}]}})"
    "\n"
    R"({"type":"assistant","uuid":"4","message":{"content":[{"type":"tool_use","id":"t2","name":"Edit","input":{"file_path":"/r/src/clock.c","old_string":"int x;","new_string":"int tick_once(void);"}}]}})"
    "\n"
    R"({"type":"user","uuid":"5","toolUseResult":{"filePath":"/r/src/clock.c"},"message":{"content":[{"type":"tool_result","tool_use_id":"t2","content":"ok"}]}})"
    "\n"
    R"({"type":"assistant","uuid":"6","message":{"content":[{"type":"tool_use","id":"t3","name":"Bash","input":{"command":"make test"}}]}})"
    "\n"
    R"({"type":"user","uuid":"7","toolUseResult":{"stdout":"all 3 passed"},"message":{"content":[{"type":"tool_result","tool_use_id":"t3","is_error":false,"content":"all 3 passed"}]}})"
    "\n";

const char* const kCodex =
    R"({"type":"session_meta","payload":{"id":"1","cwd":"/r"}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"Make tick_once return the elapsed time."}]}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"I decided to use monotonic time, because wall clocks jump."}]}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"function_call","name":"exec_command","arguments":"{\"cmd\":\"make test\"}","call_id":"c1"}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"function_call_output","call_id":"c1","output":"Wall time: 1 seconds\nProcess exited with code 2\nOutput:\nclock.c:3: error: tick_once undeclared\n"}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"custom_tool_call","name":"apply_patch","call_id":"c2","input":"*** Begin Patch\n*** Update File: /r/src/clock.c\n@@\n-int x;\n+int tick_once(void);\n*** End Patch"}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"custom_tool_call_output","call_id":"c2","output":"Exit code: 0\nOutput:\nSuccess"}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"function_call","name":"exec_command","arguments":"{\"cmd\":\"make test\"}","call_id":"c3"}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"function_call_output","call_id":"c3","output":"Wall time: 1 seconds\nProcess exited with code 0\nOutput:\nall 3 passed\n"}})"
    "\n";

// Before payloads, and with the command as a list of words.
const char* const kOldCodex =
    R"({"id":"1","timestamp":"2025-05-01T00:00:00Z","instructions":null})"
    "\n"
    R"({"type":"message","role":"user","content":[{"type":"input_text","text":"Make tick_once return the elapsed time."}]})"
    "\n"
    R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"I decided to use monotonic time, because wall clocks jump."}]})"
    "\n"
    R"({"type":"function_call","name":"shell","arguments":"{\"command\":[\"bash\",\"-lc\",\"make test\"]}","call_id":"c1"})"
    "\n"
    R"({"type":"function_call_output","call_id":"c1","output":"{\"output\":\"clock.c:3: error: tick_once undeclared\",\"metadata\":{\"exit_code\":2}}"})"
    "\n"
    R"({"type":"function_call","name":"shell","arguments":"{\"command\":[\"apply_patch\",\"*** Begin Patch\\n*** Update File: src/clock.c\\n@@\\n-int x;\\n+int tick_once(void);\\n*** End Patch\"]}","call_id":"c2"})"
    "\n"
    R"({"type":"function_call","name":"shell","arguments":"{\"command\":[\"bash\",\"-lc\",\"make test\"]}","call_id":"c3"})"
    "\n"
    R"({"type":"function_call_output","call_id":"c3","output":"{\"output\":\"all 3 passed\",\"metadata\":{\"exit_code\":0}}"})"
    "\n";

const char* const kCodeMode =
    R"({"type":"session_meta","payload":{"id":"1","cwd":"/r"}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"Make tick_once return the elapsed time."}]}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"I decided to use monotonic time, because wall clocks jump."}]}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"custom_tool_call","name":"exec","call_id":"c1","input":"const r = await tools.exec_command({\"cmd\":\"make test\"}); text(r.output);"}})"
    "\n"
    R"({"type":"event_msg","payload":{"type":"item_completed","item":{"type":"CommandExecution","exit_code":2}}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"custom_tool_call_output","call_id":"c1","output":[{"type":"input_text","text":"Script completed\nOutput:\n"},{"type":"input_text","text":"clock.c:3: error: tick_once undeclared"}]}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"custom_tool_call","name":"exec","call_id":"c2","input":"await tools.apply_patch(\"*** Begin Patch\\n*** Update File: /r/src/clock.c\\n@@\\n-int x;\\n+int tick_once(void);\\n*** End Patch\");"}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"custom_tool_call","name":"exec","call_id":"c3","input":"const r = await tools.exec_command({\"cmd\":\"make test\"}); text(r.output);"}})"
    "\n"
    R"({"type":"event_msg","payload":{"type":"item_completed","item":{"type":"CommandExecution","exit_code":0}}})"
    "\n"
    R"({"type":"response_item","payload":{"type":"custom_tool_call_output","call_id":"c3","output":[{"type":"input_text","text":"Script completed\nOutput:\nall 3 passed"}]}})"
    "\n";

const char* const kGemini =
    R"({"sessionId":"1","projectHash":"2","kind":"main"})"
    "\n"
    R"({"id":"a","type":"user","content":[{"text":"Make tick_once return the elapsed time."}]})"
    "\n"
    R"({"id":"b","type":"gemini","content":"I decided to use monotonic time, because wall clocks jump."})"
    "\n"
    R"({"id":"b","type":"gemini","content":"I decided to use monotonic time, because wall clocks jump.","toolCalls":[{"id":"c1","name":"run_shell_command","args":{"command":"make test"},"status":"success","result":[{"functionResponse":{"response":{"output":"<untrusted_context>\nOutput: clock.c:3: error: tick_once undeclared\nExit Code: 2\n</untrusted_context>"}}}]}]})"
    "\n"
    R"({"id":"c","type":"gemini","content":"","toolCalls":[{"id":"c2","name":"replace","args":{"file_path":"src/clock.c","old_string":"int x;","new_string":"int tick_once(void);"},"status":"success","result":[{"functionResponse":{"response":{"output":"done"}}}]}]})"
    "\n"
    R"({"id":"d","type":"gemini","content":"","toolCalls":[{"id":"c3","name":"run_shell_command","args":{"command":"make test"},"status":"success","result":[{"functionResponse":{"response":{"output":"<untrusted_context>\nOutput: all 3 passed\nProcess Group PGID: 1\n</untrusted_context>"}}}]}]})"
    "\n";

const char* const kOpencode = R"({
  "info": {"id": "ses_1", "directory": "/r"},
  "messages": [
    {"info": {"role": "user"}, "parts": [{"type": "text", "text": "Make tick_once return the elapsed time."}]},
    {"info": {"role": "assistant"}, "parts": [
      {"type": "text", "text": "I decided to use monotonic time, because wall clocks jump."},
      {"type": "tool", "tool": "bash", "callID": "c1", "state": {"status": "completed",
        "input": {"command": "make test"}, "output": "clock.c:3: error: tick_once undeclared", "metadata": {"exit": 2}}},
      {"type": "tool", "tool": "edit", "callID": "c2", "state": {"status": "completed",
        "input": {"filePath": "/r/src/clock.c", "oldString": "int x;", "newString": "int tick_once(void);"}, "output": "ok"}},
      {"type": "tool", "tool": "bash", "callID": "c3", "state": {"status": "completed",
        "input": {"command": "make test"}, "output": "all 3 passed", "metadata": {"exit": 0}}}]}
  ]
}
)";

const char* const kCopilot =
    R"({"type":"session.start","data":{"sessionId":"1","context":{"cwd":"/r"}}})"
    "\n"
    R"({"type":"user.message","data":{"content":"Make tick_once return the elapsed time."}})"
    "\n"
    R"({"type":"assistant.message","data":{"content":"I decided to use monotonic time, because wall clocks jump."}})"
    "\n"
    R"({"type":"tool.execution_start","data":{"toolCallId":"c1","toolName":"bash","arguments":{"command":"make test"}}})"
    "\n"
    R"({"type":"tool.execution_complete","data":{"toolCallId":"c1","success":true,"result":{"content":"clock.c:3: error: tick_once undeclared\n<shellId: 1 completed with exit code 2>"}}})"
    "\n"
    R"({"type":"tool.execution_start","data":{"toolCallId":"c2","toolName":"edit","arguments":{"path":"/r/src/clock.c","old_str":"int x;","new_str":"int tick_once(void);"}}})"
    "\n"
    R"({"type":"tool.execution_complete","data":{"toolCallId":"c2","success":true,"result":{"content":"ok"}}})"
    "\n"
    R"({"type":"tool.execution_start","data":{"toolCallId":"c3","toolName":"bash","arguments":{"command":"make test"}}})"
    "\n"
    R"({"type":"tool.execution_complete","data":{"toolCallId":"c3","success":true,"result":{"content":"all 3 passed\n<shellId: 2 completed with exit code 0>"}}})"
    "\n";

const char* const kPi =
    R"({"type":"session","version":3,"id":"1","cwd":"/r"})"
    "\n"
    R"({"type":"message","id":"a","message":{"role":"user","content":"Make tick_once return the elapsed time."}})"
    "\n"
    R"({"type":"message","id":"b","message":{"role":"assistant","content":[{"type":"text","text":"I decided to use monotonic time, because wall clocks jump."},{"type":"toolCall","id":"c1","name":"bash","arguments":{"command":"make test"}}]}})"
    "\n"
    R"({"type":"message","id":"c","message":{"role":"toolResult","toolCallId":"c1","isError":true,"content":[{"type":"text","text":"clock.c:3: error: tick_once undeclared\n\nCommand exited with code 2"}]}})"
    "\n"
    R"({"type":"message","id":"d","message":{"role":"assistant","content":[{"type":"toolCall","id":"c2","name":"edit","arguments":{"path":"src/clock.c","oldText":"int x;","newText":"int tick_once(void);"}},{"type":"toolCall","id":"c3","name":"bash","arguments":{"command":"make test"}}]}})"
    "\n"
    R"({"type":"message","id":"e","message":{"role":"toolResult","toolCallId":"c3","isError":false,"content":[{"type":"text","text":"all 3 passed"}]}})"
    "\n";

const char* const kSweAgent = R"({"environment":"main","trajectory":[
  {"action":"make test","thought":"I decided to use monotonic time, because wall clocks jump.","observation":"FAIL clock.c:3: error: tick_once undeclared","state":"{\"open_file\":\"/r/src/clock.c\"}"},
  {"action":"edit 3:3\nint tick_once(void);\nend_of_edit","thought":"","observation":"ok","state":"{\"open_file\":\"src/clock.c\"}"},
  {"action":"make test","thought":"","observation":"all 3 passed","state":"{}"}],
  "history":[{"role":"system","content":"SETTING"},{"role":"user","content":"Make tick_once return the elapsed time."},{"role":"assistant","content":"x"}],
  "info":{}}
)";

const char* const kSpecStory = R"(<!-- Generated by SpecStory -->
# A session

_**User (2026-01-02 10:00)**_

Make tick_once return the elapsed time.

---

_**Agent (model)**_

I decided to use monotonic time, because wall clocks jump.

<tool-use data-tool-type="write" data-tool-name="Edit">
`src/clock.c`
int tick_once(void);
</tool-use>
)";

const char* const kAider = R"(# aider chat started at 2026-01-02 10:00:00

> Aider v1

#### Make tick_once return the elapsed time.

I decided to use monotonic time, because wall clocks jump.

src/clock.c
```c
<<<<<<< SEARCH
int x;
=======
int tick_once(void);
>>>>>>> REPLACE
```

> Applied edit to src/clock.c
> Commit 1a2b3c4 feat: tick_once
)";

}  // namespace

std::vector<Story> stories() {
  return {
      {Client::kClaude, kClaude},       {Client::kCodex, kCodex},   {Client::kCodex, kOldCodex},
      {Client::kCodex, kCodeMode},      {Client::kGemini, kGemini}, {Client::kOpencode, kOpencode},
      {Client::kCopilot, kCopilot},     {Client::kPi, kPi},         {Client::kSweAgent, kSweAgent},
      {Client::kSpecStory, kSpecStory}, {Client::kAider, kAider}};
}

}  // namespace masc::testing
