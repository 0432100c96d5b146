"""What the command lines of both clients share. Nothing here is a public interface of Python."""
