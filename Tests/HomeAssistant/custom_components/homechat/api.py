"""HomeChat's API as the integration calls it."""

import aiohttp


class HomeChatError(Exception):
    """The server said no (`status`), or could not be reached (None)."""

    def __init__(self, text, status=None):
        super().__init__(text)
        self.status = status


class HomeChat:
    def __init__(self, session, host, port, secure, token=None, timeout=30):
        self.base = f"{'https' if secure else 'http'}://{host}:{port}/api/v1"
        self.session, self.token = session, token
        self.timeout = aiohttp.ClientTimeout(total=timeout)

    async def _call(self, method, path, body=None, query=None, form=None, token=True):
        headers = {"Authorization": f"Bearer {self.token}"} if self.token and token else {}
        if form is None and method != "GET":
            headers["Content-Type"] = "application/json"
        try:
            async with self.session.request(
                method, self.base + path, headers=headers, json=body, params=query, data=form, timeout=self.timeout
            ) as answer:
                if answer.status >= 400:
                    raise HomeChatError(await answer.text(), answer.status)
                return await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise HomeChatError(str(error)) from error

    async def health(self):
        return await self._call("GET", "/health", token=False)

    async def newest(self):
        return await self._call("GET", "/messages")

    async def channels(self):
        return (await self._call("GET", "/channels"))["channels"]

    async def members(self, channel):
        return (await self._call("GET", f"/channels/{channel}/members"))["members"]

    async def send(self, text, room=None, user=None, title=None):
        body = {"message": text, "sender": "Home Assistant"}
        body |= {"room_id": room} if room else {}
        body |= {"user_id": str(user)} if user else {}
        body |= {"title": title} if title else {}
        return await self._call("POST", "/messages", body)

    async def send_image(self, room, name, content, caption=None):
        """The channel is found by its name; a message makes it where there is none."""
        found = [one for one in await self.channels() if one["name"] == room]
        if not found:
            await self.send(caption or "An image", room)
            found = [one for one in await self.channels() if one["name"] == room]
        form = aiohttp.FormData()
        form.add_field("files[]", content, filename=name, content_type="image/jpeg")
        if caption:
            form.add_field("caption", caption)
        return await self._call("POST", f"/channels/{found[0]['id']}/media", form=form)

    async def direct(self, user, text):
        return await self._call("POST", f"/users/{user}/messages", {"message": text})

    async def search(self, words, kind="all"):
        return await self._call("GET", "/search", query={"q": words, "type": kind})

    async def join(self, channel):
        return await self._call("POST", f"/channels/{channel}/join")

    async def leave(self, channel):
        return await self._call("POST", f"/channels/{channel}/leave")

    async def create_bot(self, name, description="", webhook_id=None):
        bot = {"name": name, "bot_type": "webhook" if webhook_id else "api", "description": description}
        bot |= {"webhook_id": webhook_id} if webhook_id else {}
        answer = await self._call("POST", "/bots", {"bot": bot})
        return answer.get("bot", answer)
