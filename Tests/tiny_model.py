"""A real inference server (llama.cpp's) with a language model of half a megabyte that knows nothing: its weights are dice.

As a program: serves the model in the file, with the key, on a free port, until its standard input ends."""

import pathlib
import subprocess
import sys
import threading

WORDS = "hello house light kitchen garden dog cat rain sun tea the a is in on and we you fine warm cold now today door".split()
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,:;!?'\"-_/()0123456789@#\u2581\n"
WIDTH, HEADS, INNER, LAYERS = 64, 4, 128, 2


def write(path):
    import gguf
    import numpy

    dice = numpy.random.default_rng(7)
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    types = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL] + [gguf.TokenType.BYTE] * 256
    spoken = ["\u2581" + word for word in WORDS] + list(LETTERS)
    file = gguf.GGUFWriter(path, "llama")
    file.add_context_length(4096)
    file.add_embedding_length(WIDTH)
    file.add_block_count(LAYERS)
    file.add_feed_forward_length(INNER)
    file.add_head_count(HEADS)
    file.add_head_count_kv(HEADS)
    file.add_rope_dimension_count(WIDTH // HEADS)
    file.add_layer_norm_rms_eps(1e-5)
    file.add_vocab_size(len(tokens + spoken))
    file.add_tokenizer_model("llama")
    file.add_token_list(tokens + spoken)
    file.add_token_scores([0.0] * len(tokens) + [-float(place) for place in range(len(spoken))])
    file.add_token_types(types + [gguf.TokenType.NORMAL] * len(spoken))
    file.add_bos_token_id(1)
    file.add_eos_token_id(2)
    file.add_unk_token_id(0)
    file.add_chat_template("{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:")

    def tensor(name, *shape, scale=0.08, quiet=0):
        values = (dice.standard_normal(shape) * scale).astype(numpy.float32)
        values[:quiet] *= 0.01
        file.add_tensor(name + ".weight", values)

    tensor("token_embd", len(tokens + spoken), WIDTH, scale=1.0)
    tensor("output", len(tokens + spoken), WIDTH, scale=0.3, quiet=len(tokens))  # bytes are rarely said
    for name in ["output_norm"] + [f"blk.{layer}.{norm}" for layer in range(LAYERS) for norm in ("attn_norm", "ffn_norm")]:
        file.add_tensor(name + ".weight", numpy.ones(WIDTH, numpy.float32))
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(f"blk.{layer}.{name}", WIDTH, WIDTH)
        tensor(f"blk.{layer}.ffn_gate", INNER, WIDTH)
        tensor(f"blk.{layer}.ffn_up", INNER, WIDTH)
        tensor(f"blk.{layer}.ffn_down", WIDTH, INNER)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


def serve(path, key):
    import xllamacpp

    options = xllamacpp.CommonParams()
    options.model.path = path
    options.n_ctx, options.n_parallel, options.n_predict, options.port = 4096, 2, 80, 0
    options.use_jinja, options.warmup, options.api_keys = True, False, [key]
    options.cpuparams.n_threads = 1
    server = xllamacpp.Server(options)
    print(server.listening_address, flush=True)
    sys.stdin.read()


class TinyModel:
    """The server in a process of its own."""

    def __init__(self, folder, key):
        self.key, path = key, pathlib.Path(folder) / "tiny.gguf"
        write(str(path))
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(path), key], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.startswith("http://"):
                self.endpoint = line.strip() + "/v1"
                break
        else:
            raise AssertionError("the model's server did not start")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


if __name__ == "__main__":
    serve(*sys.argv[1:])
