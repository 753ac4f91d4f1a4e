"""A mail server that takes everything and keeps nothing, as fast as Python can; it prints its port."""

import socket


def serve(connection: socket.socket) -> None:
    """Answer one client until it goes."""
    lines = connection.makefile("rb")
    connection.sendall(b"220 sink\r\n")
    while command := lines.readline():
        word = command[:4].upper()
        if word == b"QUIT":
            connection.sendall(b"221 bye\r\n")
            return
        if word == b"DATA":
            connection.sendall(b"354 go on\r\n")
            while lines.readline() != b".\r\n":
                pass
        connection.sendall(b"250 ok\r\n")


def main() -> None:
    """Serve clients one after another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                serve(connection)


if __name__ == "__main__":
    main()
