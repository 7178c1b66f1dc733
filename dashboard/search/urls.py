"""The address of the box at the top of every page."""

from django.urls import path

from dashboard.search import views

app_name = "search"

urlpatterns = [path("search/", views.SearchView.as_view(), name="page")]
