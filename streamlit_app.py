"""The doorway to the web app: ``streamlit run streamlit_app.py``, or ``formcheck app``."""

import streamlit as st

from formcheck.web.app import parts

app = st.App(**parts())
