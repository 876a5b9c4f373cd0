from django.http import HttpResponse
from django.views.decorators.clickjacking import xframe_options_exempt


@xframe_options_exempt  # BAD
def transfer(request):
    return HttpResponse("done")
