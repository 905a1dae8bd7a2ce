import torch
from torch.nn._module import Module
from torch.nn.parameter import Parameter


class _RNN(Module):
    def _build(
        self,
        mode,
        input_size,
        hidden_size,
        num_layers,
        bias,
        batch_first,
        dropout,
        bidirectional,
        proj_size=0,
    ):
        gates = {"LSTM": 4, "GRU": 3}.get(mode, 1)
        self.mode = mode
        self.bias = bias
        self.proj_size = proj_size
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.batch_first = batch_first
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.weight_ih_l0 = Parameter(torch.empty(gates * hidden_size, input_size))
        self.weight_hh_l0 = Parameter(torch.empty(gates * hidden_size, hidden_size))
        if bias:
            self.bias_ih_l0 = Parameter(torch.empty(gates * hidden_size))
            self.bias_hh_l0 = Parameter(torch.empty(gates * hidden_size))

    def flatten_parameters(self):
        pass


class LSTM(_RNN):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
    ):
        self._build(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size
        )

    def forward(self, input, hx=None):
        result = torch.lstm(input, hx, self.weight_ih_l0, self.weight_hh_l0)
        return result[0], (result[1], result[2])


class GRU(_RNN):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
    ):
        self._build("GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)

    def forward(self, input, hx=None):
        result = torch.gru(input, hx, self.weight_ih_l0, self.weight_hh_l0)
        return result[0], result[1]


class RNN(_RNN):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        nonlinearity="tanh",
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
    ):
        self.nonlinearity = nonlinearity
        mode = "RNN_RELU" if nonlinearity == "relu" else "RNN_TANH"
        self._build(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)

    def forward(self, input, hx=None):
        result = torch.rnn_tanh(input, hx, self.weight_ih_l0, self.weight_hh_l0)
        return result[0], result[1]


class _Cell(Module):
    def _build(self, gates, input_size, hidden_size, bias):
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        self.weight_ih = Parameter(torch.empty(gates * hidden_size, input_size))
        self.weight_hh = Parameter(torch.empty(gates * hidden_size, hidden_size))
        self.bias_ih = Parameter(torch.empty(gates * hidden_size)) if bias else None
        self.bias_hh = Parameter(torch.empty(gates * hidden_size)) if bias else None


class LSTMCell(_Cell):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        self._build(4, input_size, hidden_size, bias)

    def forward(self, input, hx=None):
        result = torch.lstm_cell(input, hx, self.weight_ih, self.weight_hh)
        return (result[0], result[1])


class GRUCell(_Cell):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        self._build(3, input_size, hidden_size, bias)

    def forward(self, input, hx=None):
        return torch.gru_cell(input, hx, self.weight_ih, self.weight_hh)


class RNNCell(_Cell):
    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        self.nonlinearity = nonlinearity
        self._build(1, input_size, hidden_size, bias)

    def forward(self, input, hx=None):
        return torch.rnn_tanh_cell(input, hx, self.weight_ih, self.weight_hh)
