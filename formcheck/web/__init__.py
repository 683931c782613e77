"""The web app: pages for people, a socket for live pictures, and who may come in.

``app.py`` puts it together; ``script/main.py`` is the script that Streamlit runs for every visit.
"""
