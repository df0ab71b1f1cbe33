"""A real browser sends files: by script and by a form, and hears the answer also when it is a refusal."""

import pytest
from house import eventually
from uploading import incoming, waiting

SEND = """async ([url, token, sizes, how]) => {
  const form = new FormData();
  for (const [name, size] of sizes) form.append("file", new Blob(["x".repeat(size)]), name);
  const headers = { "X-CSRF-Token": token, Accept: "application/json" };
  if (how === "fetch") {
    const answer = await fetch(url, { method: "POST", body: form, headers });
    return [answer.status, await answer.json()];
  }
  return await new Promise((resolve) => {
    const call = new XMLHttpRequest();
    call.open("POST", url);
    call.responseType = "json";
    for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
    call.onload = () => resolve([call.status, call.response]);
    call.onerror = () => resolve([0, null]);
    call.send(form);
  });
}"""


def send(person, *sizes, how="fetch"):
    token = person.page.locator('input[name="csrf_token"]').first.get_attribute("value")
    return person.page.evaluate(SEND, [f"{person.base}/files", token, sizes, how])


@pytest.mark.parametrize("how", ["fetch", "XMLHttpRequest"])
def test_a_script_of_the_page_hears_each_answer(house, visitor, how):
    ben = visitor(house, "ben").sign_in()
    status, answer = send(ben, ["list ü.txt", 1000], ["b.txt", 5 << 20], how=how)
    assert status == 201 and [file["filename"] for file in answer["files"]] == ["list ü.txt", "b.txt"]
    for sizes in ([["holiday.txt", 11 << 20]], [["holiday.txt", 60 << 20]], [["a.txt", 10], ["holiday.txt", 12 << 20], ["c.txt", 9 << 20]]):
        status, answer = send(ben, *sizes, how=how)
        assert status == 413 and "holiday.txt" in answer["error"], (sizes, status)
    status, answer = send(ben, *[[f"{number}.txt", 10 + number] for number in range(11)], how=how)
    assert status == 422 and waiting(house) == 2 and not incoming(house)


def test_a_form_without_scripts_shows_why(house, visitor, tmp_path):
    ben, names = visitor(house, "ben").sign_in(), {"list.txt": 100, "holiday.txt": 40 << 20, "empty.txt": 0}
    for name, size in names.items():
        (tmp_path / name).write_bytes(b"x" * size)
    channel = house.channel("ben")["id"]

    def submit(*files):
        ben.page.goto(f"{house.url}/channels/{channel}")
        token = ben.page.locator('input[name="csrf_token"]').first.get_attribute("value")
        ben.page.evaluate("""([action, token]) => {
          const form = document.createElement("form");
          Object.assign(form, { id: "plain", method: "post", action, enctype: "multipart/form-data" });
          form.innerHTML = '<input name="csrf_token"><input name="message[content]" value="by form"><input type="file" name="message[files][]" multiple>';
          form.querySelector("input").value = token;
          document.body.append(form);
        }""", [f"{house.url}/channels/{channel}/messages", token])
        if files:
            ben.page.locator("#plain input[type=file]").set_input_files([tmp_path / name for name in files])
        with ben.page.expect_navigation():
            ben.page.evaluate("document.querySelector('#plain').submit()")
        return ben.page.locator("body").inner_text()

    submit("list.txt")
    assert ben.page.url.endswith(f"/channels/{channel}")
    message = house.messages("ben", channel)[-1]
    assert message["content"] == "by form" and [file["filename"] for file in message["files"]] == ["list.txt"]
    submit()
    assert house.messages("ben", channel)[-1]["files"] == []
    count = len(house.messages("ben", channel))
    assert "holiday.txt" in submit("list.txt", "holiday.txt")
    assert "empty.txt" in submit("empty.txt")
    assert len(house.messages("ben", channel)) == count and waiting(house) == 0
    eventually(lambda: not incoming(house))
