"""The person: mesh, skeleton, landmarks and clothes."""
